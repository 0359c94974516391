#!/usr/bin/env python3
"""The paper's headline beside ours, against shared and against static contracts.

  headline.py TIMED.csv STILL.csv STILL-FLOORS.csv CURVES.csv MIXES.csv

TIMED: tenants that change program, so only the sum over a mix says something: the memory-intensive mixes, those of which
at least half of the programs miss 10 times per 1,000 cycles or more with one way. STILL: each tenant stays with its
program: the gain of each selected program alone, as the paper has it, and of all beside it. A program is selected when
it misses that much; the narrower choice also runs at least 10 % faster at its best size than with one way.
STILL-FLOORS: the same for dcat-fair and the best partition that keeps what dCat keeps.
"""
import csv
import sys

MISSES_PER_KC = 10.0
GAIN_BY_WAYS = 1.1
POLICIES = ("dcat-fair", "dcat-max", "ucp", "lfoc", "kpart", "oracle", "oracle-clusters")


def main():
    timed = {(row["mix"], row["policy"]): row for row in csv.DictReader(open(sys.argv[1]))}
    still = tenants_of(sys.argv[2])
    floors = tenants_of(sys.argv[3])
    curves = {}
    for row in csv.DictReader(open(sys.argv[4])):
        curves.setdefault(row["BENCH"], {})[int(row["NR_WAYS"])] = row
    heavy = {name for name, at in curves.items() if float(at[1]["llcmpkc"]) >= MISSES_PER_KC}
    hungry = {name for name in heavy
              if max(float(row["ipc"]) for row in curves[name].values()) >= GAIN_BY_WAYS * float(curves[name][1]["ipc"])}
    lines = [line.strip() for line in open(sys.argv[5])]
    mixes = [[p.strip() for p in line.split(",")] for line in lines if line and not line.startswith("#")]
    of_mixes(timed, heavy, mixes)
    print()
    of_programs(still, {"memory-intensive": heavy, "of them, faster with more ways": hungry, "all": set(curves)}, mixes)
    print()
    by_size(floors, hungry, mixes)


def tenants_of(path):
    return {(row["mix"], row["policy"]): [float(x) for x in row["tenant_normalised_ipc"].split()]
            for row in csv.DictReader(open(path))}


def percent(gain):
    return f"{100 * gain:+.2f} %"


def of_mixes(rows, heavy, mixes):
    chosen = [str(i + 1) for i, mix in enumerate(mixes) if sum(p in heavy for p in mix) * 2 >= len(mix)]
    print(f"### Memory-intensive mixes: {len(chosen)} of {len(mixes)} (numbers {', '.join(chosen)})")
    print()
    print("| policy | mean IPC against shared | best mix | against static contracts | best mix |")
    print("|---|---|---|---|---|")
    for policy in POLICIES:
        cells = [policy]
        for base in ("shared", "static"):
            gains = [float(rows[mix, policy]["normalised_ipc"]) / float(rows[mix, base]["normalised_ipc"]) - 1
                     for mix in chosen if (mix, policy) in rows]
            cells += [percent(sum(gains) / len(gains)), percent(max(gains))] if gains else ["-", "-"]
        print("| " + " | ".join(cells) + " |")


def gains_of(rows, policy, base, selected, mixes, size=None):
    return [rows[str(m + 1), policy][i] / rows[str(m + 1), base][i] - 1
            for m, mix in enumerate(mixes) if size in (None, len(mix)) and (str(m + 1), policy) in rows
            for i, program in enumerate(mix) if program in selected]


def of_programs(rows, choices, mixes):
    print("### Each program by itself, mean over tenants")
    for name, selected in choices.items():
        print()
        tenants = sum(p in selected for mix in mixes for p in mix)
        print(f"{name}: {len(selected)} programs, {tenants} tenants in {len(mixes)} mixes" +
              (f" ({', '.join(sorted(selected))})" if name != "all" else ""))
        print()
        print("| policy | against shared | best | worst | against static contracts | best | worst |")
        print("|---|---|---|---|---|---|---|")
        for policy in POLICIES:
            cells = [policy]
            for base in ("shared", "static"):
                gains = gains_of(rows, policy, base, selected, mixes)
                cells += [percent(f(gains)) for f in (mean, max, min)] if gains else ["-"] * 3
            print("| " + " | ".join(cells) + " |")


def by_size(rows, hungry, mixes):
    print("Those that are faster with more ways, by the size of the mix; the oracle keeps dCat's floors:")
    print()
    print("| tenants in the mix | selected | dcat-fair against shared | against static | oracle against shared | against static |")
    print("|---|---|---|---|---|---|")
    for size in sorted({len(mix) for mix in mixes}) + [None]:
        gains = [gains_of(rows, policy, base, hungry, mixes, size)
                 for policy in ("dcat-fair", "oracle") for base in ("shared", "static")]
        if gains[0]:
            print("| " + " | ".join([str(size or "all"), str(len(gains[0]))] + [percent(mean(g)) for g in gains]) + " |")


def mean(values):
    return sum(values) / len(values)


main()
