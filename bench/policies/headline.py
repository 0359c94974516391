#!/usr/bin/env python3
"""The paper's headline beside ours: memory-intensive mixes, dcat-fair and dcat-max against shared and static.

A mix is memory-intensive when at least half of its programs miss 10 times per 1,000 cycles or more with one way.
"""
import csv
import sys

MISSES_PER_KC = 10.0


def main():
    rows = {(row["mix"], row["policy"]): row for row in csv.DictReader(open(sys.argv[1]))}
    heavy = {row["BENCH"] for row in csv.DictReader(open(sys.argv[2]))
             if row["NR_WAYS"] == "1" and float(row["llcmpkc"]) >= MISSES_PER_KC}
    lines = [line.strip() for line in open(sys.argv[3])]
    mixes = [line.split(",") for line in lines if line and not line.startswith("#")]
    chosen = [str(i + 1) for i, mix in enumerate(mixes) if sum(p.strip() in heavy for p in mix) * 2 >= len(mix)]
    print(f"### Memory-intensive mixes: {len(chosen)} of {len(mixes)} (numbers {', '.join(chosen)})")
    print()
    print("| policy | mean IPC against shared | best mix | against static contracts | best mix |")
    print("|---|---|---|---|---|")
    for policy in ("dcat-fair", "dcat-max", "ucp", "lfoc", "kpart", "oracle", "oracle-clusters"):
        cells = [policy]
        for base in ("shared", "static"):
            gains = [float(rows[mix, policy]["normalised_ipc"]) / float(rows[mix, base]["normalised_ipc"]) - 1
                     for mix in chosen if (mix, policy) in rows]
            cells += [f"{100 * sum(gains) / len(gains):+.2f} %", f"{100 * max(gains):+.2f} %"] if gains else ["-", "-"]
        print("| " + " | ".join(cells) + " |")


main()
