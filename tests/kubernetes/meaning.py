"""What is legal in a manifest and yet would not work, or would allow more than docs/kubernetes.md says: references that
lead nowhere, privileges beyond those that are explained, annotations that nobody understands."""
import re

CAPABILITIES = {"DAC_OVERRIDE", "PERFMON", "BPF"}
# Host directories, and whether they may be written.
HOST_PATHS = {
    "/sys/fs/resctrl": True,
    "/sys/fs/cgroup": False,
    "/run/dcat": True,
    "/var/lib/dcat": True,
    "/var/run/nri": False,
    "/etc/kubernetes/node-feature-discovery/features.d": True,
}
# docs/hooks.md.
WISHES = {
    "contract-ways": lambda text: text in ("cpu-share", "none") or whole(text, 1, 64),
    "priority": lambda text: whole(text, -1000, 1000),
    "mode": lambda text: text in ("manage", "observe"),
    "isolation": lambda text: text in ("strict", "none"),
}
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


def whole(text, least, most):
    return bool(re.fullmatch(r"0|-?[1-9]\d*", text)) and least <= int(text) <= most


def names_of(documents, kind):
    return {(each["metadata"].get("namespace"), each["metadata"]["name"]) for each in documents if each["kind"] == kind}


def wish_errors(metadata, containers):
    errors = []
    for key, value in metadata.get("annotations", {}).items():
        if key.startswith(APPARMOR) and key[len(APPARMOR):] not in containers:
            errors.append(f"{key}: there is no such container")
        if not key.startswith("dcat.dev/"):
            continue
        word, _, container = key[len("dcat.dev/"):].partition(".container.")
        if word not in WISHES:
            errors.append(f"{key}: an annotation that dCat does not know")
        elif not WISHES[word](value):
            errors.append(f"{key}: {value!r} is no value of it")
        if ".container." in key and container not in containers:
            errors.append(f"{key}: there is no such container")
    return errors


def mount_errors(container, volumes):
    errors = []
    mounts = container.get("volumeMounts", [])
    if len({each["mountPath"] for each in mounts}) != len(mounts):
        errors.append("two mounts at one place")
    for mount in mounts:
        volume = volumes.get(mount["name"])
        if volume is None:
            errors.append(f"mount {mount['name']}: there is no such volume")
            continue
        path = volume.get("hostPath", {}).get("path")
        if path is None:
            continue
        if path not in HOST_PATHS:
            errors.append(f"{path}: a host path that is not explained")
        elif not HOST_PATHS[path] and not mount.get("readOnly"):
            errors.append(f"{path}: it need not be written")
        elif HOST_PATHS[path] and mount.get("readOnly"):
            errors.append(f"{path}: it has to be written")
        # dcat looks at the usual places; a private view of cgroups must not hide the node's.
        if mount["mountPath"] != path:
            errors.append(f"{path}: mounted at {mount['mountPath']}")
    return errors


def privilege_errors(container):
    context = container.get("securityContext", {})
    capabilities = context.get("capabilities", {})
    extra = set(capabilities.get("add", [])) - CAPABILITIES
    checks = [
        (not context.get("privileged"), "privileged"),
        (context.get("allowPrivilegeEscalation") is False, "may gain privileges"),
        (capabilities.get("drop") == ["ALL"], "does not drop all capabilities"),
        (not capabilities.get("add") or "DAC_OVERRIDE" in capabilities["add"], "cannot make groups"),
        (not extra, f"has capabilities that are not explained: {' '.join(sorted(extra))}"),
    ]
    return [f"container {container['name']}: {why}" for good, why in checks if not good]


def pod_errors(metadata, spec):
    containers = {each["name"] for each in spec["containers"]}
    volumes = {each["name"]: each for each in spec.get("volumes", [])}
    used = {mount["name"] for each in spec["containers"] for mount in each.get("volumeMounts", [])}
    errors = wish_errors(metadata, containers)
    errors += [f"volume {name}: nobody mounts it" for name in sorted(volumes.keys() - used)]
    for word in ("hostNetwork", "hostIPC", "shareProcessNamespace"):
        if spec.get(word):
            errors.append(f"{word} is not needed")
    if spec.get("automountServiceAccountToken") is not False:
        errors.append("it gets a token for the API server, which it never talks to")
    for container in spec["containers"]:
        errors += mount_errors(container, volumes) + privilege_errors(container)
    return errors


def config_path_errors(documents, daemon, container):
    """The configuration that the daemon is told to read is in the ConfigMap that is mounted there."""
    paths = [each.split("=", 1)[1] for each in container.get("args", []) if each.startswith("--config=")]
    if len(paths) != 1:
        return ["it is not told where its configuration is"]
    volumes = {each["name"]: each for each in daemon["spec"]["template"]["spec"]["volumes"]}
    for mount in container["volumeMounts"]:
        source = volumes.get(mount["name"], {}).get("configMap")
        if source and paths[0].startswith(mount["mountPath"] + "/"):
            data = [each["data"] for each in documents if each["kind"] == "ConfigMap"
                    and each["metadata"]["name"] == source.get("name")
                    and each["metadata"].get("namespace") == daemon["metadata"]["namespace"]]
            found = data and paths[0][len(mount["mountPath"]) + 1:] in data[0]
            return [] if found else [f"{paths[0]} is in no ConfigMap"]
    return [f"{paths[0]} is not mounted"]


def daemon_errors(documents, daemon):
    spec = daemon["spec"]
    pod = spec["template"]["spec"]
    labels = spec["template"]["metadata"].get("labels", {})
    namespace = daemon["metadata"].get("namespace")
    container = pod["containers"][0]
    host_paths = {each["hostPath"]["path"] for each in pod["volumes"] if "hostPath" in each}
    checks = [
        (spec["selector"].get("matchLabels", {}).items() <= labels.items() and spec["selector"].get("matchLabels"),
         "the selector does not select its own pods"),
        ((namespace, pod.get("serviceAccountName")) in names_of(documents, "ServiceAccount"), "no such ServiceAccount"),
        ((None, namespace) in names_of(documents, "Namespace"), "no such namespace"),
        (pod.get("hostPID") is True, "without hostPID, thread ids are not the node's"),
        (pod.get("securityContext", {}).get("runAsUser") == 0, "others than root cannot move threads"),
        (pod.get("priorityClassName") == "system-node-critical", "it would be evicted"),
        ({"operator": "Exists"} in pod.get("tolerations", []), "it does not run on tainted nodes"),
        (spec.get("updateStrategy", {}).get("rollingUpdate", {}).get("maxSurge") == 0, "two daemons on a node"),
        ("memory" in container.get("resources", {}).get("limits", {}), "no limit of memory"),
        ("cpu" not in container.get("resources", {}).get("limits", {}), "throttled, it misses its periods"),
        (host_paths == HOST_PATHS.keys(), "not the host paths that it needs"),
        (all(probe in container for probe in ("startupProbe", "livenessProbe", "readinessProbe")), "a probe is missing"),
    ]
    return [why for good, why in checks if not good] + config_path_errors(documents, daemon, container)


def label_errors(spec, features):
    """Labels of ours that a pod is placed by have to be there to be placed by."""
    errors = []
    affinity = spec.get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms", [])
    for term in required:
        for each in term.get("matchExpressions", []):
            if each["key"].startswith("dcat.dev/") and each["key"] not in features:
                errors.append(f"{each['key']}: no node has this label")
            if each["operator"] in ("Gt", "Lt") and not (len(each["values"]) == 1 and whole(each["values"][0], 0, 64)):
                errors.append(f"{each['key']}: {each['operator']} wants one whole number")
    return errors


def meaning_errors(documents, features):
    """REQUIRES: documents that Kubernetes' models have nothing against."""
    errors = []
    for each in documents:
        name = f"{each['kind']} {each['metadata']['name']}"
        found = []
        if each["kind"] == "Pod":
            found = pod_errors(each["metadata"], each["spec"]) + label_errors(each["spec"], features)
        elif each["kind"] == "DaemonSet":
            template = each["spec"]["template"]
            found = pod_errors(template["metadata"], template["spec"]) + daemon_errors(documents, each)
        elif each["kind"] == "ServiceAccount" and each.get("automountServiceAccountToken") is not False:
            found = ["it hands out tokens for the API server"]
        elif each["kind"] in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
            found = ["no RBAC is needed"]
        errors += [f"{name}: {why}" for why in found]
    return errors


def commands_of(documents):
    """Every command line that a DaemonSet's containers start, probes included."""
    for each in documents:
        if each["kind"] != "DaemonSet":
            continue
        for container in each["spec"]["template"]["spec"]["containers"]:
            yield container.get("command", []) + container.get("args", [])
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                if probe in container:
                    yield container[probe].get("exec", {}).get("command", [])


def unexplained(text):
    """Capabilities and host directories of a manifest's text without a reason: a comment on the line or right above it."""
    lines = text.split("\n")
    errors = []
    for number, line in enumerate(lines):
        if re.fullmatch(r" +- [A-Z_]+( .*)?", line) and "  # " not in line:
            errors.append(f"line {number + 1}: a capability without its reason")
        if line.strip() == "hostPath:" and not lines[number - 2].lstrip().startswith("# "):
            errors.append(f"line {number + 1}: a host directory without its reason")
    return errors
