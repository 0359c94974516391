"""The file by which node-feature-discovery's worker learns of a node's free ways, read as its `local` source does: a
feature a line, `# +expiry-time=` (RFC 3339) above those that it is for, other comments ignored. What would be ignored
there, or be no node label, is a mistake here.

Source: node-feature-discovery's documentation, "Customization guide", Input format; nfd-master's denyLabelNs; label
syntax by Kubernetes' "Labels and Selectors".
"""
import datetime
import re

MOST_BYTES = 64 * 1024
EXPIRY = "# +expiry-time="
NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
DOMAIN = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
KEY = re.compile(rf"({DOMAIN})/({NAME})")
# Ours: the least of all caches, and each by the kernel's id of it.
OURS = re.compile(r"dcat\.dev/l3(?:\.(\d+))?\.free-ways")


def expiry_error(text):
    try:
        datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
        return []
    except ValueError:
        return [f"{text!r} is no time such as 2026-01-02T03:09:05Z"]


def key_errors(key):
    match = KEY.fullmatch(key)
    if not match:
        return [f"{key}: no label NAMESPACE/NAME"]
    if match[1] == "kubernetes.io" or match[1].endswith(".kubernetes.io"):
        return [f"{key}: nfd-master makes no labels of others in kubernetes.io"]
    return [] if OURS.fullmatch(key) else [f"{key}: a label that docs/kubernetes.md does not know"]


def read_features(text):
    """-> ({key: ways}, errors)."""
    features, errors, expires = {}, [], False
    if len(text.encode()) > MOST_BYTES:
        errors.append("longer than 64 KiB: it would be ignored")
    for number, line in enumerate(text.split("\n"), 1):
        wrong = []
        if line.startswith(EXPIRY):
            expires = True
            wrong = expiry_error(line[len(EXPIRY):])
        elif line.startswith("# +"):
            wrong = [f"{line}: an unknown directive"]
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            wrong = key_errors(key)
            if key in features:
                wrong.append(f"{key} stands twice")
            if not re.fullmatch(r"0|[1-9]\d?", value):  # operators Gt and Lt want a whole number
                wrong.append(f"{key}: got {value!r}, want 0 to 64 ways")
            else:
                features[key] = int(value)
            if not expires:
                wrong.append(f"{key}: it would outlive a daemon that is gone: no {EXPIRY} above it")
        errors += [f"line {number}: {each}" for each in wrong]
    return features, errors + least_errors(features)


def least_errors(features):
    each = [ways for key, ways in features.items() if OURS.fullmatch(key) and OURS.fullmatch(key)[1] is not None]
    if not each:
        return ["no L3 has its free ways"]
    least = features.get("dcat.dev/l3.free-ways")
    return [] if least == min(each) else [f"dcat.dev/l3.free-ways is {least}, the least of all is {min(each)}"]
