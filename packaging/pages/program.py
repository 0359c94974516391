"""What `dcat` says of itself: its --help texts, read into values. Whoever makes pages of them cannot tell anything else.

The format is CLI11's. A line that is not understood is an error, not left out: a page that lacks an option is worse than none.
"""
import dataclasses
import os
import re
import subprocess


@dataclasses.dataclass
class Option:
    names: list  # ["-h", "--help"], or a positional's one name
    kind: str = ""  # TEXT, INT, ...; empty: a flag
    choices: list = dataclasses.field(default_factory=list)
    limits: str = ""  # "1 - 64", "0.1..10"
    default: str = ""
    repeated: bool = False
    required: bool = False
    text: str = ""


@dataclasses.dataclass
class Command:
    name: str  # "" is dcat itself
    summary: str = ""
    usage: list = dataclasses.field(default_factory=list)  # without the program's path
    positionals: list = dataclasses.field(default_factory=list)
    options: list = dataclasses.field(default_factory=list)
    subcommands: list = dataclasses.field(default_factory=list)  # (name, summary)
    footer: str = ""


class NotUnderstood(Exception):
    pass


# The text of an entry begins in this column; a longer head has a line of its own.
COLUMN = 30
RANGE = r"(?:INT |UINT |FLOAT )?in (?:\[(?P<closed>[^\]]*)\]|(?P<open>[^ =]+))"
VALUE = re.compile(r"(?P<kind>TEXT|INT|UINT|FLOAT)(?::(?:\{(?P<choices>[^}]*)\}|" + RANGE + r"))?(?:=(?P<default>\S+))?(?: |$)")


def read_head(head):
    """`--mode TEXT:{observe,advise}=observe REQUIRED`; None where it is not understood."""
    names, _, rest = head.strip().partition(" ")
    option, value = Option(names.split(",")), VALUE.match(rest)
    if value:
        option.kind, option.default = value["kind"], value["default"] or ""
        option.choices = (value["choices"] or "").split(",") if value["choices"] else []
        option.limits = value["closed"] or value["open"] or ""
        rest = rest[value.end():]
    for word in rest.split():
        if word == "...":
            option.repeated = True
        elif word == "REQUIRED":
            option.required = True
        else:
            return None
    return option


def read_entry(line):
    option = read_head(line[:COLUMN]) if line[COLUMN - 1:COLUMN] in ("", " ") else None
    if option:
        option.text = line[COLUMN:].strip()
        return option
    option = read_head(line)
    if not option:
        raise NotUnderstood(line)
    return option


def read_section(title, lines, command):
    entries = []
    for line in lines:
        if line.startswith("   "):  # goes on with the text of the entry above
            if not entries:
                raise NotUnderstood(line)
            entries[-1].text = (entries[-1].text + "\n" + line.strip()).strip()
        elif title == "Subcommands":
            match = re.match(r"  (\S+)(?:  +(.*))?$", line)
            if not match:
                raise NotUnderstood(line)
            entries.append(Option([match[1]], text=match[2] or ""))
        else:
            entries.append(read_entry(line))
    if title == "Subcommands":
        command.subcommands = [(e.names[0], e.text) for e in entries]
    elif title == "Positionals":
        command.positionals = entries
    else:  # "Options", or a group of them
        command.options += entries


def read_help(name, text):
    """The Command of CLI11's help text."""
    command, lines = Command(name), text.splitlines()
    at = 0
    while at < len(lines) and not lines[at].startswith("Usage: "):
        command.summary = (command.summary + " " + lines[at]).strip()
        at += 1
    if at == len(lines):
        raise NotUnderstood("no Usage: " + text)
    command.usage = [re.sub(r"^\S*/", "", lines[at][len("Usage: "):]).strip()]
    at += 1
    while at < len(lines):
        title = re.match(r"(\S[^:]*):$", lines[at])
        if not title:
            if lines[at].strip():
                command.footer = "\n".join(lines[at:]).strip()
                break
            at += 1
            continue
        end = at + 1
        while end < len(lines) and lines[end].startswith("  "):
            end += 1
        read_section(title[1], lines[at + 1:end], command)
        at = end
    return command


def read_hook_help(text):
    """`dcat hook` reads its arguments itself: usages, options, then words."""
    command = Command("hook")
    for line in text.splitlines():
        if line.startswith("dcat hook "):
            command.usage.append(line)
        elif line.startswith("  -"):
            match = re.match(r"  (--\S+)(?: ([A-Z]+))?  +(.*)$", line)
            if not match:
                raise NotUnderstood(line)
            command.options.append(Option([match[1]], "TEXT" if match[2] else "", text=match[3]))
        else:
            command.footer = (command.footer + " " + line).strip()
    if not command.usage or not command.options:
        raise NotUnderstood(text)
    return command


def ask(dcat, *arguments):
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run([dcat, *arguments], check=True, text=True, capture_output=True, timeout=60, env=environment,
                          stdin=subprocess.DEVNULL).stdout


def read_program(dcat):
    """All commands: dcat itself first, then its subcommands as it names them."""
    root = read_help("", ask(dcat, "--help"))
    commands = [root]
    for name, summary in root.subcommands:
        text = ask(dcat, name, "--help")
        command = read_hook_help(text) if name == "hook" else read_help(name, text)
        command.summary = command.summary or summary
        commands.append(command)
    return commands


def version_of(dcat):
    return ask(dcat, "--version").split()[-1]
