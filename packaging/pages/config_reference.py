#!/usr/bin/env python3
"""The reference of the configuration, of configs/dcat.yaml: every key, its type, default, range and what it does.

That file's values are compared with the program's defaults by a test, its ranges too; so the reference is made of it, and
not written beside it.

Usage: config_reference.py SOURCES          prints docs/configuration.md
       config_reference.py SOURCES --check  exit code 1 where docs/configuration.md is not that
"""
import dataclasses
import os
import re
import sys

sys.dont_write_bytecode = True
import roff


@dataclasses.dataclass
class Key:
    name: str
    section: str
    value: list  # its lines as they stand, comment marks taken away
    given: bool  # false: commented out, so its default is not this
    text: list  # paragraphs


def read_keys(text):
    """(introduction, keys), as they stand in the file."""
    introduction, keys, section, comment, key = [], [], "", [], None
    for line in text.splitlines():
        heading = re.match(r"# -{3,} (.*)$", line)
        start = re.match(r"(# )?([a-z_]+):(.*)$", line)
        if start and start[1] and not is_optional_key(line, comment, start[2]):
            start = None
        if heading:
            section, comment, key = heading[1], [], None
        elif start:
            key = Key(start[2], section, [line[2:] if start[1] else line], not start[1], paragraphs(comment))
            keys.append(key)
            comment = []
        elif not line.strip():
            if not section and comment:
                introduction += comment + [""]
            comment, key = [], None
        elif key is not None and (line.startswith("  ") or (not key.given and line.startswith("#"))):
            key.value.append(line[2:] if not key.given else line)
        elif line.startswith("#"):
            comment.append(line[2:])
        else:
            raise ValueError("not understood: " + line)
    return paragraphs(introduction), keys


def is_optional_key(line, comment, name):
    """`# mode: observe` is a setting, `# Default: ...` is prose; a setting's name is said nowhere before as prose."""
    return name not in ("http", "https") and bool(comment)


def paragraphs(lines):
    """Joined lines, but for those that are a list (they are indented)."""
    out = []
    for line in lines:
        if not line.strip():
            out.append("")
        elif line.startswith("  "):
            out.append(line)
        elif out and out[-1] and not out[-1].startswith("  "):
            out[-1] += " " + line
        else:
            out.append(line)
    return [p for p in out if p]


def type_of(value):
    value = value.strip()
    if value in ("true", "false"):
        return "true or false"
    if re.fullmatch(r"\d+(ns|us|ms|s|m|h)", value):
        return "duration"
    if re.fullmatch(r"-?\d+", value):
        return "whole number"
    if re.fullmatch(r"-?\d*\.\d+", value):
        return "number"
    if re.fullmatch(r"\{.*\}", value) or not value:
        return "mapping or list"
    return "text"


def nested(key):
    """(name, type, default, given) of the keys below, one level deep; given false: not set by default."""
    out = []
    for line in key.value[1:]:
        match = re.match(r"  (# )?(- )?\{?([a-z_]+): *(.*)$", line)
        if match and not line.startswith("   "):
            value = re.sub(r" +#.*$", "", match[4])
            out.append((match[3], type_of(value), value.strip("'"), not match[1] and key.given))
    return out


def shape(key):
    """Type and default of a key that holds one value."""
    value = re.sub(r" +#.*$", "", key.value[0].partition(":")[2]).strip()
    kind = type_of(value)
    if len(key.value) > 1:
        kind = "list" if any(re.match(r" *- ", line) for line in key.value[1:]) else "mapping"
    elif value == "{}":
        kind = "mapping"
    if kind == "whole number" and "ratio" in key.name or key.name.endswith("_ratio") or key.name == "miss_ratio":
        kind = "ratio"
    default = value if key.given else ""
    return kind, default


def split_range(text):
    """("0..1 ways", the text without it) of a paragraph that says `Range: 0..1 ways.`"""
    match = re.search(r"Range: ([^()]*?)(?=[.;,]? \(|\. |\.$|; |, )", text)
    return match[1].rstrip(".") if match else ""


def default_words(key):
    kind, default = shape(key)
    if kind == "mapping" and nested(key):
        return "its own keys'"
    if default and default != "{}":
        return f"`{default}`"
    for p in key.text:
        match = re.search(r"Default: ([^.]*)\.", p)
        if match and not p.startswith("  "):
            return match[1]
    return "none"


HEADER = """# Configuration: every key

<!-- Made by packaging/pages/config_reference.py of configs/dcat.yaml, whose values and ranges a test compares with the
     program's. Change that file, then: python3 packaging/pages/config_reference.py . > docs/configuration.md -->

`dcat run --config FILE` reads YAML. The package's service reads `/etc/dcat/dcat.yaml`. `dcat check-config FILE` prints what a file
resolves to, or every mistake with its line; `dcat check-config --ways N FILE` also tells whether the contracts fit a cache of N
ways. An unknown key is a mistake, with the key that was probably meant.
"""


def markdown(text):
    introduction, keys = read_keys(text)
    out = [HEADER, "\n\n".join(wrap(p) for p in introduction), ""]
    section = None
    for key in keys:
        if key.section != section:
            section = key.section
            out += ["## " + section, ""]
        kind, _ = shape(key)
        limits = next(filter(None, map(split_range, key.text)), "") if kind not in ("mapping", "list") else ""
        out += ["### `" + key.name + "`", ""]
        out += ["| type | default | range |", "|---|---|---|", f"| {kind} | {default_words(key)} | {limits or '-'} |", ""]
        below = nested(key)
        if kind == "mapping" and below:
            out += ["| key below it | type | default |", "|---|---|---|"]
            out += [f"| `{n}` | {t} | {'`' + v + '`' if given and v else 'not set'} |" for n, t, v, given in below] + [""]
        out += markdown_text(key.text)
        if kind in ("mapping", "list") and len(key.value) > 1 and not key.given:
            out += ["```yaml", *key.value, "```", ""]
    return "\n".join(out).rstrip() + "\n"


def markdown_text(lines):
    out, listed = [], []
    for p in lines + [""]:
        if p.startswith("  "):
            listed.append(p)
            continue
        if listed:
            out += ["```", *listed, "```", ""]
            listed = []
        if p:
            out += [wrap(p), ""]
    return out


def wrap(text, width=132):
    text = re.sub(r"docs/([\w-]+\.md)", r"[\1](\1)", text)
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line += (" " if line else "") + word
    return "\n".join(lines + [line])


def man_page(text, date, version):
    introduction, keys = read_keys(text)
    out = [roff.header("dcat.yaml", 5, date, version), ".SH NAME", "dcat.yaml \\- configuration of dcat(1)", ".SH SYNOPSIS",
           "/etc/dcat/dcat.yaml", ".SH DESCRIPTION", "\n.PP\n".join(roff.inline(p) for p in introduction)]
    section = None
    for key in keys:
        if key.section != section:
            section = key.section
            out.append(".SH " + roff.escape(section.split(":")[0].upper()).replace('"', ""))
        kind, _ = shape(key)
        out += [".TP", f"\\fB{roff.escape(key.name)}\\fR ({kind}; default: {roff.inline(default_words(key))})"]
        below = ", ".join(f"`{n}` ({v if given and v else 'not set'})" for n, t, v, given in nested(key)) if kind == "mapping" else ""
        out += ["\\&"] if not key.text and not below else []
        if below:
            out += [roff.inline("Keys below it, with their defaults: " + below + "."), ".sp"]
        listed = []
        for p in key.text + [""]:
            if p.startswith("  "):
                listed.append(p)
                continue
            if listed:
                out += [".RS", ".nf", *("\\&" + roff.escape(line) for line in listed), ".fi", ".RE", ".IP"]
                listed = []
            if p:
                out.append(roff.inline(p))
        if out[-1] == ".IP":
            out.pop()
    out += [".SH FILES", ".TP", "/etc/dcat/dcat.yaml", "What the service reads.", ".TP", "/usr/share/dcat/dcat.yaml",
            "The commented defaults, as they are shipped.", ".TP", "/usr/share/dcat/examples", "Examples.",
            ".SH SEE ALSO", ".BR dcat (1),", ".BR dcat\\-run (1),", ".BR dcat\\-check\\-config (1)"]
    return roff.fill("\n".join(out))


def main(sources, *options):
    with open(os.path.join(sources, "configs/dcat.yaml"), encoding="utf-8") as text:
        page = markdown(text.read())
    if not options:
        sys.stdout.write(page)
        return
    with open(os.path.join(sources, "docs/configuration.md"), encoding="utf-8") as text:
        if text.read() != page:
            sys.exit("docs/configuration.md does not go with configs/dcat.yaml: "
                     "python3 packaging/pages/config_reference.py . > docs/configuration.md")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
