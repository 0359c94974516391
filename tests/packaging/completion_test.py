#!/usr/bin/env python3
"""The completion, as bash runs it: after each subcommand its options as --help tells them, after an option its words.

Usage: completion_test.py DCAT SOURCES FILE. Exit code: 0 passed, 1 failed.
"""
import re
import shutil
import subprocess
import sys

DCAT, SOURCES, FILE = sys.argv[1:]
errors = []


def help_of(*words):
    return subprocess.run([DCAT, *words, "--help"], check=True, capture_output=True, text=True).stdout


def propose(*words):
    """What is proposed for the last of the words."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dcat; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-u", "-c", script, "bash", FILE, *words], capture_output=True, text=True)
    if done.stderr:
        errors.append(f"{words}: {done.stderr.strip()}")
    return set(done.stdout.split())


def expect(words, wanted):
    got = propose(*words)
    if got != set(wanted):
        errors.append(f"{' '.join(words)}: proposed {sorted(got)}, want {sorted(wanted)}")


def names(text):
    return {n for line in re.findall(r"^  (-[\w,-]+)", text, re.M) for n in line.split(",")}


subcommands = re.findall(r"^  ([a-z][\w-]*)  ", help_of().partition("Subcommands:")[2], re.M)
expect(["dcat", ""], {*subcommands, *names(help_of())})
expect(["dcat", "check"], {"check-config"})
expect(["dcat", "none", ""], set())
for subcommand in subcommands:
    text = help_of(subcommand)
    expect(["dcat", subcommand, "-"], names(text))
    for option, choices in re.findall(r"^  (?:-\w,)?(--[\w-]+) TEXT:\{([^}]*)\}", text, re.M):
        expect(["dcat", subcommand, option, ""], set(choices.split(",")))
        expect(["dcat", subcommand, option, "=", ""], set(choices.split(",")))
        expect(["dcat", subcommand, option, "="], set(choices.split(",")))
        expect(["dcat", subcommand, "--help", option, choices[:3]], {c for c in choices.split(",") if c.startswith(choices[:3])})
    for option in re.findall(r"^  (--[\w-]+) (?:INT|UINT|FLOAT|TEXT)(?:=| )", text, re.M):
        expect(["dcat", subcommand, option, ""], set())  # a number, or a file by bash's own completion
expect(["dcat", "hook", ""], {"libvirt", "oci"})
expect(["dcat", "emulate", "--", "run"], propose("dcat", "emulate", "--", "run") | {"runcon"})
expect(["dcat", "emulate", "--", "ls", "-"], set())
if shutil.which("shellcheck"):
    done = subprocess.run(["shellcheck", FILE], capture_output=True, text=True)
    if done.returncode:
        errors.append(done.stdout)
print("\n".join(errors) or f"{len(subcommands)} subcommands")
sys.exit(1 if errors else 0)
