#!/usr/bin/env python3
"""What policies make of the room between static contracts and the best partition: rows as Markdown tables.

  headroom.py [--together] ROWS.csv [TITLE]

ROWS: of `dcat simulate ... --policy static,oracle,... --format csv` over time. One table for every combination of swept
values; but all mixes and seeds (`--sweep seed=1,2,3`) are in one: sums are pooled over them, so that each counts by its
tenants. --together: all combinations in one table, each row once; a sweep of what a move costs is then the curve of moves
against H.

  H                 (policy - static) / (oracle - static) of the sums of normalised IPC; "clusters": against
                    oracle-clusters in oracle's place, where its rows are there
  per 1,000         tenant-periods with a contract: violations, and what was missing, summed over them
  in a row          the longest of one tenant, the worst of all mixes
  moves             ways that tenants got; "x oracle": in parts of the oracle's own, on the same mixes
  reclaims / 1,000  tenant-periods: contracts taken back by the core's own policies
  changes / 100     periods in 100 at whose start some mask changed; "later": without the first 100
  unseen, recurring periods to 98 % of the bound after a change that counts (docs/simulator.md): median, 95th percentile
                    and how many changes there were
"""
import argparse
import csv
import sys
from collections import Counter

NEVER = float("inf")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--together", action="store_true", help="all combinations of swept values in one table")
    parser.add_argument("rows")
    parser.add_argument("title", nargs="?", default="")
    arguments = parser.parse_args()
    rows = [row for row in csv.DictReader(open(arguments.rows)) if not row["note"]]
    if not rows:
        sys.exit("headroom.py: no row has figures")
    names = list(rows[0])
    swept = [name for name in names[names.index("refused") + 1:] if name != "seed"]
    clusters = any(row["policy"] == "oracle-clusters" for row in rows)
    together = {}
    for values in dict.fromkeys(tuple(row[name] for name in swept) for row in rows):
        setting = ", ".join(f"{name} {value}" for name, value in zip(swept, values))
        table = table_of([row for row in rows if tuple(row[name] for name in swept) == values], clusters)
        if arguments.together:
            for policy, cells in table.items():
                together.setdefault((policy, tuple(cells)), f"{policy}, {setting}" if setting else policy)
        else:
            show(", ".join(word for word in (arguments.title, setting) if word), clusters, table)
    if arguments.together:
        names = sorted(together, key=lambda name: [row["policy"] for row in rows].index(name[0]))
        once = Counter(policy for policy, _ in names)
        show(arguments.title, clusters,
             {policy if once[policy] == 1 else together[policy, cells]: list(cells) for policy, cells in names})


def table_of(rows, clusters):
    """By policy: its cells."""
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    of = {policy: {(row["mix"], row.get("seed")): row for row in rows if row["policy"] == policy} for policy in policies}
    return {policy: cells_of(policy, of, clusters) for policy in policies}


def show(heading, clusters, table):
    if heading:
        print(f"### {heading}\n")
    head = ["policy", "H"] + (["H clusters"] if clusters else [])
    head += ["STP", "unfairness", "violations / 1,000", "depth / 1,000", "in a row", "moves", "x oracle",
             "reclaims / 1,000", "changes / 100", "later", "unseen 50 / 95 %", "recurring 50 / 95 %"]
    head += ["unseen, clusters", "recurring, clusters"] if clusters else []
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for policy, cells in table.items():
        print("| " + " | ".join([policy] + cells) + " |")
    print()


def cells_of(policy, of, clusters):
    mine = list(of[policy].values())
    periods = max(1.0, total(mine, "contract_periods"))
    out = [share(policy, "oracle", of)]
    if clusters:
        out.append(share(policy, "oracle-clusters", of))
    out.append(f"{total(mine, 'stp') / sum(len(row['ways'].split()) for row in mine):.4f}")
    out.append(f"{total(mine, 'unfairness') / len(mine):.3f}")
    out.append(f"{1000 * total(mine, 'violations') / periods:.2f}")
    out.append(f"{1000 * total(mine, 'violation_depth_periods') / periods:.3f}")
    out.append(str(max(int(row["violations_in_a_row"]) for row in mine)))
    out.append(f"{total(mine, 'moved_ways') / len(mine):.0f}")
    out.append(moves(policy, of))
    out.append(f"{1000 * total(mine, 'reclaims') / periods:.2f}" if mine[0]["reclaims"] else "-")
    out += changes(mine)
    out += [spread(mine, "to_98_unseen"), spread(mine, "to_98_recurring")]
    if clusters:
        out += [spread(mine, "clusters_to_98_unseen"), spread(mine, "clusters_to_98_recurring")]
    return out


def total(rows, column):
    return sum(float(row[column] or 0) for row in rows)


def share(policy, best, of):
    """Over the mixes that all three have figures for."""
    if not {"static", best} <= set(of):
        return "-"
    mixes = [mix for mix in of[policy] if mix in of["static"] and mix in of[best]]
    mine, static, oracle = (sum(float(of[p][mix]["normalised_ipc"]) for mix in mixes) for p in (policy, "static", best))
    return f"{(mine - static) / (oracle - static):.3f}" if oracle > static else "-"


def moves(policy, of):
    if "oracle" not in of:
        return "-"
    mixes = [mix for mix in of[policy] if mix in of["oracle"]]
    mine, theirs = (total([of[p][mix] for mix in mixes], "moved_ways") for p in (policy, "oracle"))
    return f"{mine / theirs:.2f}" if theirs > 0 else "-"


def changes(rows):
    """Whole hundreds of periods only, as the simulator counts them; the last one may be cut short."""
    counts = [[int(n) for n in row["changed_periods"].split()] for row in rows]
    later = [n for each in counts for n in each[1:]]
    every = [n for each in counts for n in each]
    return [f"{sum(each) / len(each):.1f}" if each else "-" for each in (every, later)]


def spread(rows, column):
    times = Counter()
    for row in rows:
        for pair in row[column].split():
            periods, count = pair.split(":")
            times[NEVER if periods == "never" else int(periods)] += int(count)
    values = sorted(times.elements())
    if not values:
        return "-"
    return f"{word(middle(values))} / {word(values[min(len(values) - 1, -(-95 * len(values) // 100) - 1)])} of {len(values)}"


def middle(values):
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def word(value):
    return "never" if value == NEVER else f"{value:g}"


if __name__ == "__main__":
    main()
