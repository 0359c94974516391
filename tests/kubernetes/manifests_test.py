#!/usr/bin/env python3
"""The manifests of configs/kubernetes and its feature file: does Kubernetes know every field, and does it all fit?

  1. strict.py: each document against the models of python3-kubernetes
  2. meaning.py: references, privileges, annotations; each privilege has its reason in the manifest and in the docs
  3. features.py: the feature file is one that node-feature-discovery makes labels of
  4. deliberate mistakes are found by 1, 2 and 3, at their place
  5. the command lines of container and probes are known to dcat, and so is the configuration (needs dcat)

Usage: manifests_test.py SOURCES [DCAT]. Exit code: 0 passed, 1 failed, 77 skipped, with its reason. No network.
"""
import copy
import glob
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)
import features
import meaning
import strict

if strict.models is None:
    print("skipped: python3-kubernetes is not installed")
    sys.exit(77)


def errors_of(text, known_features):
    try:
        documents = strict.read_documents(text)
    except yaml.YAMLError as error:
        return [" ".join(str(error).split())]
    errors = [e for each in documents for e in strict.document_errors(each)]
    return errors or meaning.meaning_errors(documents, known_features)


# Each changes documents by one mistake, and is found by an error that has the text.
def pod(documents):
    return documents["DaemonSet"]["spec"]["template"]["spec"]


def container(documents):
    return pod(documents)["containers"][0]


def annotations(documents):
    return documents["DaemonSet"]["spec"]["template"]["metadata"]["annotations"]


FIELDS = {
    "an unknown field": (lambda d: d["DaemonSet"]["spec"].update(replica=1), "DaemonSet.spec.replica: "),
    "an unknown field deep down": (lambda d: container(d)["volumeMounts"][1].update(mountPoint="/x"),
                                   "DaemonSet.spec.template.spec.containers[0].volumeMounts[1].mountPoint: "),
    "a field of another level": (lambda d: d["DaemonSet"]["spec"].update(hostPID=True), "DaemonSet.spec.hostPID: "),
    "another case": (lambda d: pod(d).update(hostPid=True), "spec.template.spec.hostPid: "),
    "a number as a text": (lambda d: container(d)["livenessProbe"].update(periodSeconds="20"),
                           "livenessProbe.periodSeconds: got '20', want int"),
    "a boolean as a number": (lambda d: container(d)["livenessProbe"].update(periodSeconds=True),
                              "livenessProbe.periodSeconds: got True, want int"),
    "a text as a boolean": (lambda d: pod(d).update(hostPID="true"), "hostPID: got 'true', want bool"),
    "a number as an annotation": (lambda d: annotations(d).update({"dcat.dev/contract-ways": 3}),
                                  "annotations.dcat.dev/contract-ways: got 3, want str"),
    "a text for a list": (lambda d: container(d)["livenessProbe"]["exec"].update(command="dcat status"),
                          "livenessProbe.exec.command: got 'dcat status', want a list"),
    "a list for a mapping": (lambda d: pod(d).update(nodeSelector=["a"]), "nodeSelector: got ['a'], want a mapping"),
    "a text for a model": (lambda d: pod(d).update(securityContext="root"), "securityContext: got 'root', want a mapping"),
    "a text among models": (lambda d: pod(d)["containers"].append("dcat"), "containers[1]: got 'dcat'"),
    "nothing": (lambda d: pod(d).update(tolerations=None), "tolerations: empty"),
    "no name": (lambda d: container(d).pop("name"), "containers[0].name: missing"),
    "no selector": (lambda d: d["DaemonSet"]["spec"].pop("selector"), "DaemonSet.spec.selector: missing"),
    "no selector and no template": (lambda d: (d["DaemonSet"]["spec"].pop("selector"),
                                               d["DaemonSet"]["spec"].pop("template")), "DaemonSet.spec.template: missing"),
    "no mountPath": (lambda d: container(d)["volumeMounts"][0].pop("mountPath"), "volumeMounts[0].mountPath: missing"),
    "an unknown kind": (lambda d: d["DaemonSet"].update(kind="DaemonSets"), "apps/v1 DaemonSets: "),
    "another API version": (lambda d: d["DaemonSet"].update(apiVersion="extensions/v1beta1"), "extensions/v1beta1 DaemonSet: "),
    "a field of a ConfigMap": (lambda d: d["ConfigMap"].update(datas={}), "ConfigMap.datas: "),
}


def volume(documents, name):
    return next(each for each in pod(documents)["volumes"] if each["name"] == name)


def mount(documents, name):
    return next(each for each in container(documents)["volumeMounts"] if each["name"] == name)


MEANINGS = {
    "another selector": (lambda d: d["DaemonSet"]["spec"]["selector"].update(matchLabels={"a": "b"}), "selector"),
    "no ServiceAccount": (lambda d: d["ServiceAccount"]["metadata"].update(name="other"), "no such ServiceAccount"),
    "another namespace": (lambda d: d["Namespace"]["metadata"].update(name="other"), "no such namespace"),
    "a token": (lambda d: d["ServiceAccount"].pop("automountServiceAccountToken"), "hands out tokens"),
    "a token in the pod": (lambda d: pod(d).pop("automountServiceAccountToken"), "gets a token"),
    "own PIDs": (lambda d: pod(d).pop("hostPID"), "hostPID"),
    "the host's network": (lambda d: pod(d).update(hostNetwork=True), "hostNetwork"),
    "not root": (lambda d: pod(d)["securityContext"].update(runAsUser=1000), "root"),
    "privileged": (lambda d: container(d)["securityContext"].update(privileged=True), "privileged"),
    "another capability": (lambda d: container(d)["securityContext"]["capabilities"]["add"].append("SYS_ADMIN"), "SYS_ADMIN"),
    "groups cannot be made": (lambda d: container(d)["securityContext"]["capabilities"]["add"].remove("DAC_OVERRIDE"),
                              "cannot make groups"),
    "all capabilities": (lambda d: container(d)["securityContext"]["capabilities"].pop("drop"), "drop"),
    "escalation": (lambda d: container(d)["securityContext"].pop("allowPrivilegeEscalation"), "may gain"),
    "evicted": (lambda d: pod(d).pop("priorityClassName"), "evicted"),
    "no tolerations": (lambda d: pod(d).pop("tolerations"), "tainted"),
    "two on a node": (lambda d: d["DaemonSet"]["spec"]["updateStrategy"]["rollingUpdate"].pop("maxSurge"), "two daemons"),
    "no limit": (lambda d: container(d)["resources"].pop("limits"), "no limit of memory"),
    "throttled": (lambda d: container(d)["resources"]["limits"].update(cpu="1"), "throttled"),
    "a mount without a volume": (lambda d: mount(d, "run").update(name="rum"), "mount rum"),
    "a volume without a mount": (lambda d: container(d)["volumeMounts"].remove(mount(d, "run")), "volume run"),
    "two mounts at one place": (lambda d: mount(d, "run").update(mountPath="/etc/dcat"), "two mounts"),
    "resctrl elsewhere": (lambda d: mount(d, "resctrl").update(mountPath="/host/resctrl"), "/host/resctrl"),
    "resctrl read-only": (lambda d: mount(d, "resctrl").update(readOnly=True), "has to be written"),
    "cgroups read-write": (lambda d: mount(d, "cgroups").pop("readOnly"), "need not be written"),
    "another host path": (lambda d: volume(d, "run")["hostPath"].update(path="/"), "not explained"),
    "no socket of the runtime": (lambda d: (pod(d)["volumes"].remove(volume(d, "nri")),
                                            container(d)["volumeMounts"].remove(mount(d, "nri"))), "not the host paths"),
    "no probe": (lambda d: container(d).pop("startupProbe"), "probe"),
    "a configuration that is nowhere": (lambda d: container(d).update(args=["run", "--config=/etc/dcat.yaml"]),
                                        "/etc/dcat.yaml is not mounted"),
    "another ConfigMap": (lambda d: d["ConfigMap"]["metadata"].update(name="other"), "is in no ConfigMap"),
    "another key": (lambda d: d["ConfigMap"].update(data={"dcat.yml": ""}), "is in no ConfigMap"),
    "an annotation that nobody knows": (lambda d: annotations(d).update({"dcat.dev/contract": "3"}), "does not know"),
    "an annotation of no container": (lambda d: annotations(d).update({"dcat.dev/mode.container.web": "manage"}),
                                      "no such container"),
    "a value that is none": (lambda d: annotations(d).update({"dcat.dev/contract-ways": "65"}), "is no value"),
    "AppArmor for another": (lambda d: annotations(d).update({meaning.APPARMOR + "web": "unconfined"}), "no such container"),
}
EXAMPLE_MEANINGS = {
    "a label that no node has": ({"key": "dcat.dev/l3.ways", "operator": "Gt", "values": ["2"]}, "no node has"),
    "two numbers": ({"key": "dcat.dev/l3.free-ways", "operator": "Gt", "values": ["2", "3"]}, "one whole number"),
    "a ratio": ({"key": "dcat.dev/l3.free-ways", "operator": "Gt", "values": ["2.5"]}, "one whole number"),
}
FEATURES = {
    "no expiry": (lambda t: t.replace("# +expiry-time=2026-01-02T03:09:05Z\n", ""), "outlive"),
    "no time": (lambda t: t.replace("03:09:05Z", "03:09"), "is no time"),
    "a directive that nobody knows": (lambda t: t.replace("+expiry-time=", "+expires="), "unknown directive"),
    "no namespace": (lambda t: t.replace("dcat.dev/l3.0.", "l3.0."), "no label"),
    "a namespace of Kubernetes": (lambda t: t.replace("dcat.dev/l3.0.", "dcat.kubernetes.io/l3.0."), "kubernetes.io"),
    "another label": (lambda t: t.replace("l3.0.free-ways", "l3.0.ways"), "does not know"),
    "no number": (lambda t: t.replace("l3.0.free-ways=5", "l3.0.free-ways"), "want 0 to 64"),
    "a label twice": (lambda t: t.replace("l3.1.", "l3.0."), "twice"),
    "not the least": (lambda t: t.replace("l3.free-ways=3", "l3.free-ways=5"), "the least of all is 3"),
    "no cache": (lambda t: t.split("dcat.dev/l3.0")[0], "no L3"),
    "too long": (lambda t: t + "#" * features.MOST_BYTES, "64 KiB"),
}


def must_find(name, errors, text):
    if not any(text in each for each in errors):
        sys.exit(f"FAILED: the mistake '{name}' is not found: want '{text}', got {errors}")


def check_that_mistakes_are_found(folder, known_features):
    text = read(f"{folder}/dcat-daemonset.yaml")
    for name, (make, want) in (FIELDS | MEANINGS).items():
        documents = {each["kind"]: copy.deepcopy(each) for each in strict.read_documents(text)}
        make(documents)
        must_find(name, errors_of(dump(documents.values()), known_features), want)
    example = read(f"{folder}/example-pod.yaml")
    for name, (expression, want) in EXAMPLE_MEANINGS.items():
        document = strict.read_documents(example)[0]
        terms = document["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        terms["nodeSelectorTerms"][0]["matchExpressions"] = [expression]
        must_find(name, errors_of(dump([document]), known_features), want)
    feature_file = read(f"{folder}/features.d/dcat")
    for name, (make, want) in FEATURES.items():
        must_find(name, features.read_features(make(feature_file))[1], want)
    must_find("a key twice", errors_of("kind: Pod\nkind: Pod\n", {}), "kind stands twice")
    must_find("no YAML", errors_of("a: [", {}), "expected")
    must_find("no mapping", errors_of("text", {}), "want a mapping")
    must_find("no reason of a capability", meaning.unexplained(text.replace("- BPF  #", "- BPF\n#")), "capability")
    must_find("no reason of a directory", meaning.unexplained(text.replace("        # Connected to", "        a: Connected to")
                                                              .replace("        # is a new one", "        b: is")), "directory")
    return len(FIELDS) + len(MEANINGS) + len(EXAMPLE_MEANINGS) + len(FEATURES) + 5


def dump(documents):
    # Without anchors: what the API server gets has none either.
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data):
            return True
    return yaml.dump_all(documents, Dumper=Plain)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def undocumented(sources):
    text = read(f"{sources}/docs/kubernetes.md")
    words = [f"`{each}`" for each in meaning.HOST_PATHS] + [f"`CAP_{each}`" for each in meaning.CAPABILITIES]
    words += [f"`dcat.dev/{each}`" for each in meaning.WISHES] + ["hostPID"]
    return [f"docs/kubernetes.md does not mention {each}" for each in words if each not in text]


def help_of(dcat, subcommand):
    """None: there is no such subcommand, and dcat's help is about dcat."""
    done = subprocess.run([dcat, subcommand, "--help"], capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 and f" {subcommand} [OPTIONS]" in done.stdout else None


def command_errors(dcat, command):
    """A command line's subcommand and long options have to be in dcat's own help."""
    if len(command) < 2 or command[0] != "dcat":
        return [f"{command}: not dcat"]
    helped = help_of(dcat, command[1])
    if helped is None:
        return [f"{command}: dcat has no subcommand {command[1]}"]
    words = {word.strip(",") for word in helped.replace("=", " ").split()}
    return [f"{command}: dcat {command[1]} has no option {each}"
            for each in (word.partition("=")[0] for word in command[2:] if word.startswith("-")) if each not in words]


def check_with(dcat, documents):
    errors = [e for command in meaning.commands_of(documents) for e in command_errors(dcat, command)]
    for each in documents:
        if each["kind"] != "ConfigMap":
            continue
        for name, text in each["data"].items():
            with tempfile.TemporaryDirectory() as work:
                with open(f"{work}/{name}", "w", encoding="utf-8") as file:
                    file.write(text)
                done = subprocess.run([dcat, "check-config", f"{work}/{name}"], capture_output=True, text=True, timeout=60)
            if done.returncode != 0:
                errors.append(f"ConfigMap, {name}: dcat check-config: exit code {done.returncode}: {done.stderr}")
    for wrong, want in ((["dcat", "stauts"], "no subcommand stauts"), (["dcat", "run", "--confi=x"], "no option --confi"),
                        (["sh", "-c", "dcat"], "not dcat")):
        must_find(" ".join(wrong), command_errors(dcat, wrong), want)
    return errors


def main():
    sources, dcat = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    folder = f"{sources}/configs/kubernetes"
    known_features, errors = features.read_features(read(f"{folder}/features.d/dcat"))
    errors = [f"features.d/dcat: {each}" for each in errors]
    manifests = sorted(glob.glob(f"{folder}/*.yaml"))
    for path in manifests:
        name, text = os.path.basename(path), read(path)
        errors += [f"{name}: {each}" for each in errors_of(text, known_features) + meaning.unexplained(text)]
    errors += undocumented(sources)
    if not errors and dcat:
        errors += check_with(dcat, strict.read_documents(read(f"{folder}/dcat-daemonset.yaml")))
    if errors:
        sys.exit("FAILED: " + "\n".join(errors))
    print("manifests:", len(manifests), "and a feature file")
    print("deliberate mistakes found:", check_that_mistakes_are_found(folder, known_features))
    if not dcat:
        print("command lines and configuration: not checked, there is no dcat")
    print("passed")


main()
