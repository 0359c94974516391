"""Kubernetes manifests read strictly: every field is one that Kubernetes knows, of its type, what has to be there is
there, and no key stands twice. The API server drops what it does not know unless it is asked to be strict, so that a
misspelt field is a setting that is not made.

What Kubernetes knows are the models of python3-kubernetes (its openapi_types and attribute_map). `models` is None
where that is not installed.
"""
import re

import yaml

try:
    from kubernetes.client import models
except ImportError:
    models = None

KINDS = {
    ("v1", "ConfigMap"): "V1ConfigMap",
    ("v1", "Namespace"): "V1Namespace",
    ("v1", "PersistentVolumeClaim"): "V1PersistentVolumeClaim",
    ("v1", "Pod"): "V1Pod",
    ("v1", "ServiceAccount"): "V1ServiceAccount",
    ("apps/v1", "DaemonSet"): "V1DaemonSet",
    ("batch/v1", "Job"): "V1Job",
}
PLAIN = {"str": str, "int": int, "float": (int, float), "bool": bool}


class OnceLoader(yaml.SafeLoader):
    """YAML's own rules: a key twice in a mapping is a mistake, of which PyYAML keeps the last."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_documents(text):
    """The documents, without empty ones. Raises yaml.YAMLError."""
    return [each for each in yaml.load_all(text, OnceLoader) if each is not None]


def shown(value):
    return f"got {value!r}"


def plain_errors(value, kind, place):
    # To Python, YAML's booleans are whole numbers.
    if isinstance(value, PLAIN[kind]) and (kind == "bool" or not isinstance(value, bool)):
        return []
    return [f"{place}: {shown(value)}, want {kind}"]


def model_errors(value, kind, place):
    if not isinstance(value, dict):
        return [f"{place}: {shown(value)}, want a mapping ({kind})"]
    model = getattr(models, kind)
    names = {written: name for name, written in model.attribute_map.items()}
    errors = []
    for key, each in value.items():
        if key in names:
            errors += field_errors(each, model.openapi_types[names[key]], f"{place}.{key}")
        else:
            errors.append(f"{place}.{key}: {kind} has no such field")
    return errors + missing_errors(value, model, names, place)


def missing_errors(value, model, names, place):
    """What has to be there: a model refuses to be made without it, naming one at a time."""
    made = {names[key]: each for key, each in value.items() if key in names}
    errors = []
    while True:
        try:
            model(**made)
            return errors
        except ValueError as refused:
            missing = re.search(r"Invalid value for `(\w+)`, must not be `None`", str(refused))
            if not missing:  # a value that is none of those allowed
                return errors + [f"{place}: {refused}"]
            if missing[1] in made and made[missing[1]] is not None:
                return errors + [f"{place}: {refused}"]
            errors.append(f"{place}.{model.attribute_map[missing[1]]}: missing")
            made[missing[1]] = object()


def field_errors(value, kind, place):
    """What Kubernetes' description of `kind` has against `value`: a line each, the field's path first."""
    if value is None:  # `key:` with nothing behind it is a value that was forgotten
        return [f"{place}: empty, want {kind}"]
    if match := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            return [f"{place}: {shown(value)}, want a list"]
        return [e for i, each in enumerate(value) for e in field_errors(each, match[1], f"{place}[{i}]")]
    if match := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(value, dict):
            return [f"{place}: {shown(value)}, want a mapping"]
        return [e for key, each in value.items()
                for e in plain_errors(key, "str", place) + field_errors(each, match[1], f"{place}.{key}")]
    if kind in PLAIN:
        return plain_errors(value, kind, place)
    if kind == "object":  # a number or a text (IntOrString)
        return []
    return model_errors(value, kind, place)


def document_errors(document):
    if not isinstance(document, dict):
        return [f"a document is {shown(document)}, want a mapping"]
    kind = KINDS.get((document.get("apiVersion"), document.get("kind")))
    if kind is None:
        return [f"{document.get('apiVersion')} {document.get('kind')}: a kind that is not known here"]
    return model_errors(document, kind, document["kind"])
