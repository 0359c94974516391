#!/usr/bin/env python3
"""Every relative link of the documentation leads to a file, every anchor to a heading, and files that README.md names exist.

Usage: links_test.py SOURCES. Exit code: 0 passed, 1 failed.
"""
import glob
import os
import re
import sys
import tempfile

LINK = re.compile(r"(?<!!)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text):
    """Fenced and indented blocks and `code` are no links; what they were is kept as empty lines."""
    text = re.sub(r"^```.*?^```$", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)
    text = re.sub(r"(?:^|(?<=\n\n))(?: {4}.*\n)+", lambda m: "\n" * m[0].count("\n"), text)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors_of(text):
    """As GitHub makes them of headings."""
    found = set()
    for heading in re.findall(r"^#{1,6} +(.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def errors_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    errors = []
    for match in LINK.finditer(without_code(text)):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        to = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(to):
            errors.append(f"{path}: {target}: there is no such file")
        elif anchor and to.endswith(".md"):
            with open(to, encoding="utf-8") as other:
                if anchor not in anchors_of(other.read()):
                    errors.append(f"{path}: {target}: there is no such heading")
    return errors


def named_files(readme, sources):
    """Files of the tree that a page names in code or commands."""
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    names = set(re.findall(r"(?<![\w/.-])((?:configs|docs|scripts|tests|bench|packaging)/[\w./-]*[\w])", text))
    return [f"{readme}: {n}: there is no such file" for n in sorted(names)
            if not os.path.exists(os.path.join(sources, n)) and "NAME" not in n]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        page = os.path.join(folder, "a.md")
        with open(page, "w", encoding="utf-8") as file:
            file.write("# A `b` heading\n[x](missing.md) [y](#a-b-heading) [z](#none) `[c](no.md)` [w](a.md#none)\n"
                       "![p](no.png)\nscripts/none\n")
        assert [e.split(": ")[1] for e in errors_of(page)] == ["missing.md", "#none", "a.md#none", "no.png"], errors_of(page)
        assert named_files(page, folder) == [f"{page}: scripts/none: there is no such file"]


def main(sources):
    self_test()
    pages = [p for p in glob.glob(os.path.join(sources, "*.md")) + glob.glob(os.path.join(sources, "docs/**/*.md"), recursive=True)]
    if len(pages) < 20:
        sys.exit(f"only {len(pages)} pages found below {sources}")
    errors = [e for page in sorted(pages) for e in errors_of(page)]
    for page in ("README.md", "CONTRIBUTING.md"):
        errors += named_files(os.path.join(sources, page), sources)
    # Each page is in the index.
    with open(os.path.join(sources, "docs/README.md"), encoding="utf-8") as file:
        index = file.read()
    errors += [f"docs/README.md: {os.path.basename(p)} is not in it" for p in glob.glob(os.path.join(sources, "docs/*.md"))
               if os.path.basename(p) != "README.md" and f"({os.path.basename(p)})" not in index]
    print("\n".join(errors) or f"{len(pages)} pages")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main(sys.argv[1])
