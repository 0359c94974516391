#!/usr/bin/env python3
"""Mixes of a curve file's programs, drawn from a seed: a line a mix, for `dcat simulate --mixes`.

  make_mixes.py CURVES.csv --seed N [--sizes 4,6,8,10] [--each 10]

Programs are told apart by their curves alone (columns BENCH, NR_WAYS, ipc, llcmpki):
  sensitive   at its best size at least 5 % faster than with one way
  streaming   else, and it misses 10 times per 1,000 cycles or more with all ways
  light       the others
Each place in a mix draws a class evenly, of those that the file has, and then one of its programs evenly; a program may
come twice. A mix without a sensitive program is drawn again: nobody would gain from anything in it. The same file and
seed give the same mixes.
"""
import argparse
import csv
import random
import sys

GAIN_BY_WAYS = 1.05
MISSES_PER_KC = 10.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("curves")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--sizes", type=sizes_of, default=[4, 6, 8, 10], help="tenants, default 4,6,8,10")
    parser.add_argument("--each", type=int, default=10, help="mixes of each size, default 10")
    arguments = parser.parse_args()
    classes = classes_of(arguments.curves)
    print(f"# seed {arguments.seed}; " +
          "; ".join(f"{name}: {' '.join(programs)}" for name, programs in classes.items()))
    draw = random.Random(arguments.seed)
    for size in arguments.sizes:
        for _ in range(arguments.each):
            print(",".join(mix_of(size, classes, draw)))


def sizes_of(text):
    sizes = [int(part) for part in text.split(",")]
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError("want tenants from 1 up")
    return sizes


def classes_of(path):
    curves = {}
    with open(path) as file:
        for row in csv.DictReader(file):
            curves.setdefault(row["BENCH"], []).append((int(row["NR_WAYS"]), float(row["ipc"]), float(row["llcmpki"])))
    classes = {"sensitive": [], "streaming": [], "light": []}
    for name in sorted(curves):
        points = sorted(curves[name])
        if max(ipc for _, ipc, _ in points) >= GAIN_BY_WAYS * points[0][1]:
            classes["sensitive"].append(name)
        elif points[-1][1] * points[-1][2] >= MISSES_PER_KC:
            classes["streaming"].append(name)
        else:
            classes["light"].append(name)
    if not classes["sensitive"]:
        sys.exit(f"make_mixes.py: {path}: no program gains 5 % from more ways, so there is nothing to compare")
    return {name: programs for name, programs in classes.items() if programs}


def mix_of(size, classes, draw):
    while True:
        mix = [one_of(classes[one_of(list(classes), draw)], draw) for _ in range(size)]
        if any(program in classes["sensitive"] for program in mix):
            return mix


def one_of(values, draw):
    """Not choice(), which is free to draw another way in another version."""
    return values[int(draw.random() * len(values))]


if __name__ == "__main__":
    main()
