"""Text as man(7) has it."""
import re

DOCS = "/usr/share/doc/dcat/"  # where the package has docs/


def escape(text):
    """Words that stand for themselves; options keep the ASCII minus that can be copied."""
    text = text.replace("\\", "\\e").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    text = re.sub(r"(?<![\w-])(--?)(?=\w)", lambda m: "\\-" * len(m[1]), text)
    text = re.sub(r"(?<=\\-)(\w+)((?:-\w+)+)", lambda m: m[1] + m[2].replace("-", "\\-"), text)
    return text


def inline(text):
    """A line of prose: `code` in bold, docs/X.md where the package has it."""
    text = re.sub(r"(?<![\w/])docs/(?=[\w-]+\.md)", DOCS + "docs/", text)
    parts = text.split("`")
    line = "".join(escape(part) if i % 2 == 0 else "\\fB" + escape(part) + "\\fR" for i, part in enumerate(parts))
    return "\\&" + line if line[:1] in (".", "'") or line.startswith("\\(aq") else line


def paragraph(text):
    return "\n".join(inline(line) for line in text.splitlines())


def code(lines):
    return "\n".join([".PP", ".RS 4", ".nf", *("\\&" + escape(line) for line in lines), ".fi", ".RE"])


def name(page):
    return page.replace("-", "\\-")


def header(title, section, date, version):
    return f'.TH {title.upper()} {section} {date} "dCat {version}" "dCat manual"'


def fill(page, width=80):
    """Breaks lines of prose that are longer than man pages' sources should be."""
    out, verbatim = [], False
    for line in page.splitlines():
        if line in (".nf", ".fi"):
            verbatim = line == ".nf"
        while not verbatim and not line.startswith(".") and len(line) > width:
            at = line.rfind(" ", 1, width)
            if at < 0:
                break
            out.append(line[:at])
            line = line[at + 1:]
            if line[:1] in (".", "'"):
                line = "\\&" + line
        out.append(line)
    return "\n".join(out) + "\n"
