#!/usr/bin/env python3
"""Rows of `dcat simulate --format csv` over many mixes as one Markdown table: mean and worst by policy.

Sums over tenants (STP, normalised IPC) are shown per tenant, since mixes differ in size.
"""
import csv
import sys


def main():
    rows = list(csv.DictReader(open(sys.argv[1])))
    tenants = mix_sizes(sys.argv[2])
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    timed = "moved_ways" in rows[0]
    head = ["policy", "STP / tenant", "ANTT", "unfairness", "IPC against contract", "violations"]
    if timed:
        head += ["depth", "moved ways", "periods to 98 %", "regret"]
    else:
        head += ["CLOSIDs", "solve, us"]
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for policy in policies:
        mine = [row for row in rows if row["policy"] == policy]
        cells = [policy]
        cells.append(both([float(r["stp"]) / tenants[r["mix"]] for r in mine], min, 4))
        cells.append(both([float(r["antt"]) for r in mine], max, 3))
        cells.append(both([float(r["unfairness"]) for r in mine], max, 3))
        cells.append(both([float(r["normalised_ipc"]) / tenants[r["mix"]] for r in mine], min, 4))
        cells.append(both([float(r["violations"]) for r in mine], max, 1))
        if timed:
            cells.append(both([float(r["violation_depth_periods"]) for r in mine], max, 2))
            cells.append(both([float(r["moved_ways"]) for r in mine], max, 0))
            cells.append(chases(mine))
            cells.append(both([100 * float(r["regret"]) for r in mine], max, 2, " %"))
        else:
            cells.append(both([float(r["closids"]) for r in mine], max, 1))
            cells.append(both([float(r["solve_us"]) for r in mine], max, 0))
        print("| " + " | ".join(cells) + " |")


def mix_sizes(path):
    lines = [line.strip() for line in open(path)]
    mixes = [line for line in lines if line and not line.startswith("#")]
    return {str(i + 1): mix.count(",") + 1 for i, mix in enumerate(mixes)}


def both(values, worst, digits, unit=""):
    """Mean and worst."""
    return f"{sum(values) / len(values):.{digits}f} / {worst(values):.{digits}f}{unit}"


def chases(rows):
    """Median over mixes of the medians; a mix whose median is never counts as infinite."""
    values = [float(r["periods_to_98"]) if r["periods_to_98"] else float("inf") for r in rows if int(r["changes"]) > 0]
    if not values:
        return "-"
    values.sort()
    middle = values[len(values) // 2]
    never = sum(value == float("inf") for value in values)
    return f"{'never' if middle == float('inf') else f'{middle:g}'} ({never} of {len(values)} never)"


main()
