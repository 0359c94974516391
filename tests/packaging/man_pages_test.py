#!/usr/bin/env python3
"""The man pages that were made: one for each subcommand, with every option of its --help and no other, clean by man and mandoc.

Usage: man_pages_test.py DCAT SOURCES DIRECTORY. Exit code: 0 passed, 1 failed.
"""
import glob
import gzip
import os
import re
import shutil
import subprocess
import sys

DCAT, SOURCES, DIRECTORY = sys.argv[1:]
errors = []


def help_of(*words):
    return subprocess.run([DCAT, *words, "--help"], check=True, capture_output=True, text=True).stdout


# Read anew, by other means than the pages were made by.
SUBCOMMANDS = re.findall(r"^  ([a-z][\w-]*)  ", help_of().partition("Subcommands:")[2], re.M)


def options_of(text):
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", text, re.M))


def check_options(name, page, text):
    wanted = options_of(text)
    # As readers see it: in the rendered page, at the head of an entry.
    section = re.search(r"^OPTIONS\n(.*?)^[A-Z]", page, re.M | re.S)
    shown = set(re.findall(r"^ {3,8}(?:-\w, )?(--[\w-]+)", section[1] if section else "", re.M))
    if wanted != shown:
        errors.append(f"{name}: in --help and not in the page: {sorted(wanted - shown)}; the other way round: {sorted(shown - wanted)}")


def rendered(path):
    environment = {**os.environ, "LC_ALL": "C", "MANWIDTH": "200", "MAN_KEEP_FORMATTING": ""}
    if shutil.which("mandoc"):
        done = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=200"], input=source(path), capture_output=True, text=True)
        return re.sub(r".\x08", "", done.stdout)
    done = subprocess.run(["man", "-E", "ascii", "-P", "cat", "-l", path], capture_output=True, text=True, env=environment)
    return done.stdout


def source(path):
    with gzip.open(path, "rt", encoding="utf-8") as page:
        return page.read()


def check_style(path):
    name = os.path.basename(path)
    with open(path, "rb") as file:
        head = file.read(10)
    if head[3] & 8 or head[4:8] != b"\0\0\0\0":
        errors.append(f"{name}: its gzip header has a name or a time")
    if shutil.which("mandoc"):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "all"], input=source(path), capture_output=True, text=True)
        errors.extend(f"{name}: {line}" for line in done.stdout.splitlines())
    if shutil.which("man"):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"})
        errors.extend(f"{name}: {line}" for line in done.stderr.splitlines())


def check_own_text(name, text):
    """Options that the hand-written part names are known to some command."""
    known = set.union(*map(options_of, [help_of(), *map(help_of, SUBCOMMANDS)]))
    text = re.sub(r"^valgrind .*?\|", "", text, flags=re.M)  # has its own
    for option in re.findall(r"(?:\\-){2}[\w-]+(?:\\-\w+)*", text):
        plain = option.replace("\\-", "-")
        if plain not in known and plain not in ("--now",):
            errors.append(f"packaging/man/{name}.man names {plain}, which no command knows")


if not (shutil.which("man") or shutil.which("mandoc")):
    print("skipped: neither man nor mandoc is installed")
    sys.exit(77)
if len(SUBCOMMANDS) < 11:
    errors.append(f"only these subcommands are found: {SUBCOMMANDS}")
for command in ["dcat"] + SUBCOMMANDS:
    path = os.path.join(DIRECTORY, ("dcat.1.gz" if command == "dcat" else f"dcat-{command}.1.gz"))
    own = os.path.join(SOURCES, "packaging/man", command + ".man")
    if not os.path.exists(own):
        errors.append(f"packaging/man/{command}.man is missing: describe `dcat {command}` there, as the others do")
    else:
        with open(own, encoding="utf-8") as text:
            check_own_text(command, text.read())
    if not os.path.exists(path):
        errors.append(f"{path} was not made")
        continue
    check_options(command, rendered(path), help_of(*([] if command == "dcat" else [command])))
for own in glob.glob(os.path.join(SOURCES, "packaging/man/*.man")):
    if os.path.basename(own)[:-len(".man")] not in ["dcat"] + SUBCOMMANDS:
        errors.append(f"{own} is of no command that dcat has")
pages = sorted(glob.glob(os.path.join(DIRECTORY, "*.gz")))
for path in pages:
    check_style(path)
print("\n".join(errors) or f"{len(pages)} pages")
sys.exit(1 if errors else 0)
