#!/usr/bin/env python3
"""dcat(1), dcat-SUBCOMMAND(1) and dcat.yaml(5): synopsis and options from the program's own --help, keys from the commented
defaults, the rest from packaging/man. So no page can name an option that is not there, or miss one that is.

Usage: man_pages.py DCAT SOURCES DIRECTORY   writes DIRECTORY/*.1 and *.5, gzipped without name and time

packaging/man/NAME.man (NAME: dcat or a subcommand) holds sections of man(7): those up to the line `.\\" options` stand before
OPTIONS, the rest behind it. A subcommand without such a file gets a page all the same, of what it says of itself.
"""
import gzip
import os
import re
import sys

sys.dont_write_bytecode = True
import config_reference
import program
import roff

MARK = '.\\" options'


def page_name(command):
    return "dcat-" + command.name if command.name else "dcat"


def option_entry(option, positional=False):
    """`.TP`, the head, the text."""
    value = {"TEXT": "TEXT", "INT": "N", "UINT": "N", "FLOAT": "X"}.get(option.kind, "")
    if option.choices:
        value = "|".join(option.choices)
        if len(value) > 60:
            value = "TEXT"
    names = ", ".join("\\fI" + roff.escape(n) + "\\fR" if positional else "\\fB" + roff.escape(n) + "\\fR" for n in option.names)
    head = names + (f" \\fI{roff.escape(value)}\\fR" if value and not positional else "") + (" ..." if option.repeated else "")
    lines = [".TP", head, roff.paragraph(option.text) if option.text else "\\&"]
    tail = []
    if option.limits:
        tail.append("Range: " + option.limits.replace(" - ", " to ") + ".")
    if option.default:
        tail.append("Default: " + option.default + ".")
    if option.required and not positional:
        tail.append("It has to be given.")
    if tail:
        lines += [".br", roff.inline(" ".join(tail))]
    return "\n".join(lines)


def synopsis(command):
    lines = []
    for i, usage in enumerate(command.usage):
        words = usage.split()
        name = 2 if command.name else 1
        rest = [re.sub(r"[A-Za-z][\w.]*", lambda m: "\\fI" + m[0] + "\\fR", roff.escape(w)) if w != "hook" else w
                for w in words[name:]]
        lines += ([".br"] if i else []) + [" ".join(["\\fB" + roff.escape(" ".join(words[:name])) + "\\fR", *rest])]
    return lines


def man_page(command, commands, own, date, version):
    title = page_name(command)
    summary = re.sub(r" `dcat SUBCOMMAND --help` tells more\.$| \(docs/[^)]*\)$", "", command.summary)
    summary = re.sub(r"^dCat: ", "", summary).rstrip(".")
    lines = [roff.header(title, 1, date, version), ".SH NAME", title + " \\- " + roff.inline(summary), ".SH SYNOPSIS"]
    lines += synopsis(command)
    before, _, after = own.partition(MARK)
    if before.strip():
        lines.append(before.strip())
    elif command.name:
        lines += [".SH DESCRIPTION", roff.inline(command.summary) + "."]
    if command.positionals:
        lines += [".SH ARGUMENTS", *(option_entry(p, positional=True) for p in command.positionals)]
    lines += [".SH OPTIONS", *(option_entry(o) for o in command.options)]
    if not command.name:
        lines += [".SH COMMANDS"]
        for name, text in command.subcommands:
            lines += [".TP", f".BR {roff.name('dcat-' + name)} (1)", roff.inline(text)]
    if after.strip():
        lines.append(after.strip())
    footer = command.footer
    if footer.startswith("Exit codes: "):
        codes = re.findall(r"(\d) ([^,]+?)(?:,|\.$)", footer)
        lines += [".SH EXIT STATUS"]
        for number, meaning in codes:
            lines += [".TP", number, roff.inline(meaning)]
    elif footer:
        lines += [".SH NOTES", roff.paragraph(footer)]
    others = sorted({page_name(c) for c in commands if c is not command and "" in (command.name, c.name)})
    lines += [".SH SEE ALSO", *(f".BR {roff.name(o)} (1)," for o in others), ".BR dcat.yaml (5)"]
    return roff.fill("\n".join(lines))


def write_page(directory, name, text):
    with open(os.path.join(directory, name + ".gz"), "wb") as out:
        with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=9) as packed:
            packed.write(text.encode())


def changelog_date(sources):
    """Of the packaging's changelog, so that the same sources make the same pages."""
    import email.utils
    with open(os.path.join(sources, "packaging/debian/changelog")) as changelog:
        line = next(line for line in changelog if line.startswith(" -- "))
    return email.utils.parsedate_to_datetime(line.split("  ", 1)[1]).strftime("%Y-%m-%d")


def own_text(sources, command):
    path = os.path.join(sources, "packaging/man", (command.name or "dcat") + ".man")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as text:
        return text.read()


def main(dcat, sources, directory):
    os.makedirs(directory, exist_ok=True)
    for old in os.listdir(directory):
        os.unlink(os.path.join(directory, old))
    commands, version, date = program.read_program(dcat), program.version_of(dcat), changelog_date(sources)
    for command in commands:
        write_page(directory, page_name(command) + ".1", man_page(command, commands, own_text(sources, command), date, version))
    with open(os.path.join(sources, "configs/dcat.yaml"), encoding="utf-8") as text:
        write_page(directory, "dcat.yaml.5", config_reference.man_page(text.read(), date, version))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
