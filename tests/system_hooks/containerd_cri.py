#!/usr/bin/env python3
"""What the kubelet does to containerd, by CRI: pods in the kubelet's cgroups, each with one container that runs for an
instant each second: who never runs is never judged.

  containerd_cri.py SOCKET version
  containerd_cri.py SOCKET run NAME COUNT PARALLEL SECONDS [--pod KEY=VALUE]... [--container KEY=VALUE]... [--first]
      COUNT pods NAME-0, NAME-1, ... with these annotations, PARALLEL at a time, none begun after SECONDS. Prints a line
      of JSON for each: what common_look.py expects of it, with start (when its program had been started, seconds of the
      machine's uptime) and ms (how long both took); with --first also first (the group of the node's
      resctrl in which its program ran its first instructions, as it saw it itself; "" is the default group)
  containerd_cri.py SOCKET remove EXPECTED     these pods, as `run` has printed them; prints them with their end
  containerd_cri.py SOCKET remove-all
  containerd_cri.py image TAR                  an image of busybox, for both the container and the pause container

The messages are containerd_cri.proto's, compiled into the folder DCAT_CRI_MESSAGES names.
"""

import concurrent.futures
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import time
import uuid

IMAGE, PAUSE = "localhost/dcat-busybox:1", "localhost/dcat-pause:1"
NODES_OWN = 2  # the namespace mode that takes no namespace: needs no network plugin
DEADLINE = 60  # seconds for a call
SLEEP = "/bin/tail -n 0 -s 1 -f /bin/busybox"
FIRST = "/bin/busybox grep -lx $$ /resctrl/*/tasks >/tmp/first; echo looked >>/tmp/first; exec " + SLEEP


def uptime():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Runtime:
    """A CRI runtime, asked by gRPC."""

    def __init__(self, socket):
        sys.path.insert(0, os.environ["DCAT_CRI_MESSAGES"])
        import containerd_cri_pb2
        import grpc

        self.messages = containerd_cri_pb2
        self.channel = grpc.insecure_channel("unix://" + socket)

    def ask(self, method, answer, question):
        call = self.channel.unary_unary("/runtime.v1.RuntimeService/" + method,
                                        request_serializer=lambda message: message.SerializeToString(),
                                        response_deserializer=getattr(self.messages, answer).FromString)
        return call(question, timeout=DEADLINE, wait_for_ready=True)

    def run(self, name, pod_notes, container_notes, first):
        m, begun, uid = self.messages, time.monotonic(), str(uuid.uuid4())
        # Who looks for itself in a tasks file has to know its pid there.
        spaces = m.NamespaceOption(network=NODES_OWN, pid=NODES_OWN if first else 0, ipc=0)
        pod = m.PodSandboxConfig(
            metadata=m.PodSandboxMetadata(name=name, uid=uid, namespace="dcat-test"),
            annotations=pod_notes,
            labels={"io.kubernetes.pod.uid": uid, "io.kubernetes.pod.name": name},
            linux=m.LinuxPodSandboxConfig(
                cgroup_parent="/kubepods/burstable/pod" + uid,
                security_context=m.LinuxSandboxSecurityContext(namespace_options=spaces)))
        sandbox = self.ask("RunPodSandbox", "RunPodSandboxResponse", m.RunPodSandboxRequest(config=pod)).pod_sandbox_id
        config = m.ContainerConfig(
            metadata=m.ContainerMetadata(name="main"), image=m.ImageSpec(image=IMAGE),
            command=["/bin/sh", "-c", FIRST] if first else SLEEP.split(), annotations=container_notes,
            mounts=[m.Mount(container_path="/resctrl", host_path="/sys/fs/resctrl", readonly=True)] if first else [],
            labels={"io.kubernetes.pod.uid": uid, "io.kubernetes.container.name": "main"},
            linux=m.LinuxContainerConfig(
                security_context=m.LinuxContainerSecurityContext(namespace_options=spaces)))
        made = self.ask("CreateContainer", "CreateContainerResponse",
                        m.CreateContainerRequest(pod_sandbox_id=sandbox, config=config, sandbox_config=pod))
        self.ask("StartContainer", "Nothing", made)
        start = uptime()
        said = self.ask("ContainerStatus", "ContainerStatusResponse",
                        m.ContainerStatusRequest(container_id=made.container_id, verbose=True))
        pid = json.loads(said.info["info"])["pid"]
        told = {"first": first_group(pid)} if first else {}
        return {"id": made.container_id, "sandbox": sandbox, "name": "main", "runtime": "containerd", "pod": name,
                "namespace": "dcat-test", "pod_uid": uid, "pid": pid, "start": start,
                "ms": round((time.monotonic() - begun) * 1000), **told}

    def remove(self, sandbox, container=None):
        m = self.messages
        if container:
            self.ask("StopContainer", "Nothing", m.StopContainerRequest(container_id=container, timeout=0))
        question = m.RunPodSandboxResponse(pod_sandbox_id=sandbox)
        self.ask("StopPodSandbox", "Nothing", question)
        end = uptime()
        self.ask("RemovePodSandbox", "Nothing", question)
        return end

    def sandboxes(self):
        answer = self.ask("ListPodSandbox", "ListPodSandboxResponse", self.messages.ListPodSandboxRequest())
        return [item.id for item in answer.items]


def first_group(pid):
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/root/tmp/first", encoding="utf-8") as file:
                lines = file.read().split("\n")
        except FileNotFoundError:
            lines = []
        if "looked" in lines:
            return lines[0].split("/")[2] if len(lines) > 2 else ""
        time.sleep(0.02)
    sys.exit(f"process {pid} did not look where it is")


def notes_of(words, option):
    return dict(words[i + 1].split("=", 1) for i, word in enumerate(words) if word == option)


def run_many(runtime, name, count, parallel, seconds, *words):
    until = time.monotonic() + float(seconds)
    pod_notes, container_notes = notes_of(words, "--pod"), notes_of(words, "--container")

    def one(number):
        if time.monotonic() >= until:
            return None
        return runtime.run(f"{name}-{number}", pod_notes, container_notes, "--first" in words)

    with concurrent.futures.ThreadPoolExecutor(int(parallel)) as pool:
        for pod in pool.map(one, range(int(count))):
            if pod:
                print(json.dumps(pod), flush=True)


def remove_many(runtime, expected):
    with open(expected, encoding="utf-8") as file:
        pods = [json.loads(line) for line in file]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for pod, end in zip(pods, pool.map(lambda pod: runtime.remove(pod["sandbox"], pod["id"]), pods)):
            print(json.dumps({**pod, "end": end}))


def add_file(tar, name, content, mode=0o644):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))


def make_image(path):
    """A tar as `docker save` writes it: one layer, two images."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        with open(shutil.which("busybox"), "rb") as program:
            add_file(tar, "bin/busybox", program.read(), 0o755)
        for name in ("sh", "sleep", "tail", "true"):
            link = tarfile.TarInfo("bin/" + name)
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name in ("proc", "sys", "dev", "etc", "tmp"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
    layer = layer.getvalue()
    manifest = []
    with tarfile.open(path, "w") as tar:
        add_file(tar, "layer.tar", layer)
        for tag, entry in ((IMAGE, ["/bin/sh"]), (PAUSE, ["/bin/sleep", "86400"])):
            config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Entrypoint": entry, "Env": ["PATH=/bin"]},
                                 "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
                                 }).encode()
            name = hashlib.sha256(config).hexdigest() + ".json"
            add_file(tar, name, config)
            manifest.append({"Config": name, "RepoTags": [tag], "Layers": ["layer.tar"]})
        add_file(tar, "manifest.json", json.dumps(manifest).encode())


def main():
    if sys.argv[1] == "image":
        make_image(sys.argv[2])
        return
    runtime, what, words = Runtime(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if what == "version":
        answer = runtime.ask("Version", "VersionResponse", runtime.messages.VersionRequest())
        print(answer.runtime_name, answer.runtime_version)
    elif what == "run":
        run_many(runtime, *words)
    elif what == "remove":
        remove_many(runtime, words[0])
    elif what == "remove-all":
        for sandbox in runtime.sandboxes():
            runtime.remove(sandbox)
    else:
        sys.exit(f"unknown: {what}")


if __name__ == "__main__":
    main()
