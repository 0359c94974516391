#!/usr/bin/env python3
"""The Kubernetes manifest of a sweep: is it one, and does it say to dcat what it has to?

  1. every field is one that Kubernetes knows, and of its type (tests/kubernetes/strict.py; needs python3-kubernetes)
  2. it is an Indexed Job whose DCAT_SHARDS is its completions, whose volumes are there, and whose pods write a file of
     their own to the volume that stays
  3. deliberate mistakes are found by 1 and 2
  4. every pod's command, run here one after the other with the environment that Kubernetes gives it, leaves a result
     file, and together they are the run in one piece

Usage: job_manifest.py MANIFEST [DCAT] SOURCES. Exit code: 0 passed, 1 failed, 77 skipped, with its reason.
"""
import copy
import csv
import glob
import io
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kubernetes"))
try:
    import strict
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

KINDS = {"Job", "PersistentVolumeClaim"}


def one(documents, kind):
    found = [each for each in documents if each.get("kind") == kind]
    return found[0] if len(found) == 1 else {}


def meaning_errors(documents):
    """What is legal but would not make a sweep."""
    spec = one(documents, "Job").get("spec", {})
    pod = spec.get("template", {}).get("spec", {})
    container = (pod.get("containers") or [{}])[0]
    environment = {each["name"]: each for each in container.get("env", [])}
    volumes = {each["name"]: each for each in pod.get("volumes", [])}
    mounts = {each["mountPath"]: each for each in container.get("volumeMounts", [])}
    outputs = [each.split("=", 1)[1] for each in container.get("args", []) if each.startswith("--output=")]
    claim = one(documents, "PersistentVolumeClaim").get("metadata", {}).get("name")
    results = mounts.get(os.path.dirname(outputs[0]), {}) if outputs else {}
    checks = [
        (spec.get("completionMode") == "Indexed", "the Job is not Indexed"),
        (environment.get("DCAT_SHARDS", {}).get("value") == str(spec.get("completions")),
         "DCAT_SHARDS is not the number of completions"),
        (1 <= spec.get("parallelism", 0) <= spec.get("completions", 0), "parallelism is not from 1 to completions"),
        (pod.get("restartPolicy") in ("Never", "OnFailure"), "a Job's pod may not restart always"),
        (len(outputs) == 1 and "$(JOB_COMPLETION_INDEX)" in outputs[0], "the pods do not write a file each"),
        ("JOB_COMPLETION_INDEX" in environment, "JOB_COMPLETION_INDEX is used and not named"),
        (all(each["name"] in volumes for each in mounts.values()), "a mount has no volume"),
        (bool(results) and not results.get("readOnly"), "the results are not written to a volume"),
        (claim is not None and
         volumes.get(results.get("name"), {}).get("persistentVolumeClaim", {}).get("claimName") == claim,
         "the results do not go to the claimed volume"),
        ({"cpu", "memory"} <= set(container.get("resources", {}).get("limits", {})), "CPU and memory have no limit"),
    ]
    return [why for good, why in checks if not good]


def errors_of(documents):
    errors = []
    for each in documents:
        if each.get("kind") not in KINDS:
            errors.append(f"a {each.get('kind')} was not expected")
        elif strict.models:
            errors += strict.document_errors(each)
    return errors + meaning_errors(documents)


def check_that_mistakes_are_found(documents):
    def job(changed):
        return one(changed, "Job")["spec"]

    def container(changed):
        return job(changed)["template"]["spec"]["containers"][0]

    mistakes = {
        "completions": lambda d: job(d).update(completions=9),
        "not indexed": lambda d: job(d).update(completionMode="NonIndexed"),
        "restarts": lambda d: job(d)["template"]["spec"].update(restartPolicy="Always"),
        "parallelism": lambda d: job(d).update(parallelism=20),
        "one file": lambda d: container(d)["args"].append("--output=/results/results.jsonl"),
        "read only": lambda d: container(d)["volumeMounts"][1].update(readOnly=True),
        "no volume": lambda d: job(d)["template"]["spec"]["volumes"].pop(),
        "no limits": lambda d: container(d)["resources"].pop("limits"),
        "no count": lambda d: container(d)["env"].pop(0),
        "another kind": lambda d: d[0].update(kind="Pod"),
    }
    if strict.models:
        mistakes |= {
            "unknown field": lambda d: job(d).update(parallelisn=2),
            "deep unknown field": lambda d: container(d)["volumeMounts"][0].update(mountPoint="/x"),
            "number as text": lambda d: job(d).update(backoffLimit="16"),
            "text as number": lambda d: container(d)["env"][0].update(value=8),
            "no name": lambda d: container(d).pop("name"),
            "misplaced": lambda d: job(d).update(restartPolicy="Never"),
        }
    for name, make in mistakes.items():
        changed = copy.deepcopy(documents)
        make(changed)
        if not errors_of(changed):
            sys.exit(f"FAILED: the mistake '{name}' is not found")
    return len(mistakes)


def rows_of(text):
    """Rows without solve_us, which is a time."""
    return [{key: value for key, value in row.items() if key != "solve_us"} for row in csv.DictReader(io.StringIO(text))]


def run(command, **environment):
    outside = {key: value for key, value in os.environ.items()
               if key not in ("DCAT_SHARDS", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID")}
    done = subprocess.run(command, env=outside | environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"FAILED: {' '.join(command)}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def check_commands(documents, dcat, sources):
    spec = one(documents, "Job")["spec"]
    container = spec["template"]["spec"]["containers"][0]
    with tempfile.TemporaryDirectory() as work:
        for folder in ("input", "results"):
            os.mkdir(f"{work}/{folder}")
        with open(f"{sources}/tests/sim/fixtures/made-up.csv") as curves, open(f"{work}/input/curves.csv", "w") as copied:
            copied.write(curves.read())
        with open(f"{work}/input/mixes.csv", "w") as mixes:
            mixes.write("steep,level\nlevel,steep,steep\n")

        def local(argument):  # smaller, and here
            argument = re.sub(r"--periods=\d+", "--periods=40", argument)
            argument = re.sub(r"--phases=\S+", "--phases=10s-20s", argument)
            return re.sub(r"=/(input|results)/", rf"={work}/\1/", argument)

        args = [local(each) for each in container["args"]]
        program = [dcat] + container["command"][1:]
        whole = run(program + [each for each in args if not each.startswith("--output=")] + ["--format=csv"])
        for index in range(spec["completions"]):
            pod = [each.replace("$(JOB_COMPLETION_INDEX)", str(index)) for each in args]
            run(program + pod, JOB_COMPLETION_INDEX=str(index), DCAT_SHARDS=container["env"][0]["value"])
        files = glob.glob(f"{work}/results/*.jsonl")
        if len(files) != spec["completions"]:
            sys.exit(f"FAILED: {len(files)} result files of {spec['completions']} pods")
        merged = run([dcat, "simulate", "--merge"] + files + ["--format=csv"])
        if rows_of(merged) != rows_of(whole) or not rows_of(whole):
            sys.exit("FAILED: the pods' results are not those of one run")
        return len(rows_of(whole))


def main():
    manifest, dcat, sources = sys.argv[1], sys.argv[2] if len(sys.argv) == 4 else None, sys.argv[-1]
    with open(manifest) as text:
        documents = strict.read_documents(text)
    if errors := errors_of(documents):
        sys.exit("FAILED: " + "\n".join(errors))
    print("fields:", "by Kubernetes' models" if strict.models else "not checked, python3-kubernetes is not installed")
    print("deliberate mistakes found:", check_that_mistakes_are_found(documents))
    if dcat:
        print("rows of the pods, as in one run:", check_commands(documents, dcat, sources))
    print("passed")


main()
