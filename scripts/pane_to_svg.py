#!/usr/bin/env python3
"""What `tmux capture-pane -e -p` printed, as a picture: SVG text in a fixed pitch, with its colours.

Usage: pane_to_svg.py TITLE COLUMNS <PANE >PICTURE
Only SGR sequences are known (colours 0-7 and bright, 256 colours of the first 16, bold, dim, reverse); others are dropped.
"""
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN, TITLE = 8.4, 17, 12, 26  # of a cell, around the text, of the title's bar; pixels
NO_BREAK = "\u00a0"  # a blank that no viewer folds
INK, PAPER, FAINT = "#d8dee9", "#20242c", "#8a93a5"
COLOURS = ["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
           "#6b7385", "#ff8a93", "#b5e890", "#ffd98a", "#8cc8ff", "#dc9af0", "#7fd8e2", "#ffffff"]
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|\x1b[()].|[\x0e\x0f]")


def apply(style, numbers):
    """The style after an SGR sequence: (colour or None, bold, dim, reverse)."""
    colour, bold, dim, reverse = style
    numbers = [int(n or 0) for n in numbers.split(";")]
    while numbers:
        n = numbers.pop(0)
        if n == 0:
            colour, bold, dim, reverse = None, False, False, False
        elif n == 1:
            bold = True
        elif n == 2:
            dim = True
        elif n == 22:
            bold = dim = False
        elif n == 7:
            reverse = True
        elif n == 27:
            reverse = False
        elif 30 <= n <= 37:
            colour = n - 30
        elif 90 <= n <= 97:
            colour = n - 82
        elif n == 39:
            colour = None
        elif n in (38, 48) and numbers[:1] == [5]:
            number = numbers[1] if len(numbers) > 1 else 0
            del numbers[:2]
            if n == 38 and number < 16:
                colour = number
    return colour, bold, dim, reverse


def runs(line, style):
    """Texts of one style each, and the style at the end."""
    parts, at = [], 0
    for match in SEQUENCE.finditer(line):
        parts.append((line[at:match.start()], style))
        if match.group(2) == "m":
            style = apply(style, match.group(1))
        at = match.end()
    parts.append((line[at:], style))
    return [part for part in parts if part[0]], style


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def draw_run(text, style, x, y):
    colour, bold, dim, reverse = style
    ink = COLOURS[colour] if colour is not None else FAINT if dim else INK
    out = ""
    if reverse:
        out += f'<rect x="{x:.1f}" y="{y - 13:.1f}" width="{columns(text) * WIDTH:.1f}" height="{HEIGHT}" fill="{ink}"/>\n'
        ink = PAPER
    if text.strip():
        weight = ' font-weight="bold"' if bold else ""
        out += (f'<text x="{x:.1f}" y="{y:.1f}" textLength="{columns(text) * WIDTH:.1f}" fill="{ink}"{weight}>'
                f"{escape(text.replace(' ', NO_BREAK))}</text>\n")
    return out


def main():
    title, width = sys.argv[1], int(sys.argv[2])
    lines = sys.stdin.read().rstrip("\n").split("\n")
    wide, high = width * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN + TITLE
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high}" viewBox="0 0 {wide:.0f} {high}" '
          f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">')
    print(f'<title>{escape(title)}</title>\n<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>')
    print(f'<text x="{MARGIN}" y="19" fill="{FAINT}">{escape(title)}</text>')
    style = (None, False, False, False)
    for number, line in enumerate(lines):
        x, y = float(MARGIN), TITLE + MARGIN + 13 + number * HEIGHT
        parts, style = runs(line, style)
        for text, its in parts:
            print(draw_run(text, its, x, y), end="")
            x += columns(text) * WIDTH
    print("</svg>")


main()
