#!/usr/bin/env python3
"""Looks at what the daemon says and at what is so: its status, its record, the resctrl tree, the cgroups' threads.

  common_look.py status STATUS EXPECTED          everyone who is expected is known, with name, contract and threads
  common_look.py absent STATUS EXPECTED          nobody of them is known
  common_look.py arrived RECORD EXPECTED N       each is in every decision that comes N periods after its start or later
  common_look.py left RECORD EXPECTED N          nobody is in a decision that comes N periods after its end or later
  common_look.py settled RECORD EXPECTED         the last two decisions changed nothing of theirs
  common_look.py tasks STATUS RECORD EXPECTED CGROUP2
                                                 threads are in the groups that the last decision says (in the node)
  common_look.py stay CGROUP2 EXPECTED STOP      until the file STOP is there: none of their threads is in the default group

Whoever lives in the shared region or is only watched needs no state. EXPECTED holds a JSON object a line: id, and of name, runtime, contract (3, "none"), pod, namespace, pod_uid, priority, mode, isolation, pid,
and start and end (seconds of the machine's uptime). What is asked of time is asked of the
decisions that were made then, so that a daemon that is late on a busy machine fails nothing. Exit code: 0 it is so, 1 it is not, with what is not.
"""

import json
import os
import sys
import time
import urllib.parse


def plain(value):
    """Names as they are: in what dCat writes, % and odd bytes of a name are %XX. A group is its directory's name."""
    if isinstance(value, str):
        return urllib.parse.unquote(value, errors="surrogateescape")
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: one if key == "group" and str(one).startswith("dcat.") else plain(one) for key, one in value.items()}
    return value


def lines_of(path):
    """The whole lines of a file of JSON lines: the last one may just be written."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    return [plain(json.loads(line)) for line in text.split("\n")[:-1] if line]


def containers_of(path):
    with open(path, encoding="utf-8") as file:
        return plain(json.load(file)["containers"])


def row_of(known, want):
    """The row of a container: by the runtime's id, else by its cgroup, which for most runtimes holds that id."""
    for row in known:
        if row.get("container_id") == want["id"] or want["id"] in row["id"]:
            return row
    return None


def kind_of(contract):
    return {"kind": "ways", "ways": contract} if isinstance(contract, int) else {"kind": contract}


def threads_below(cgroup):
    """Thread ids of a cgroup and all below it."""
    threads = set()
    for folder, _, _ in os.walk(cgroup):
        try:
            with open(folder + "/cgroup.threads", encoding="ascii") as file:
                threads.update(int(line) for line in file)
        except OSError:
            pass
    return threads


def wrong_in_status(want, row):
    """What of a container's row is not as it was asked for."""
    for key in ("name", "runtime", "pod", "namespace", "pod_uid", "priority", "mode", "isolation"):
        if key in want and want[key] != row.get(key):
            yield f"{key} is {row.get(key)!r}, want {want[key]!r}"
    if "contract" in want:
        contract = row.get("contract") or {}
        for key, value in kind_of(want["contract"]).items():
            if contract.get(key) != value:
                yield f"contract is {contract}, want {want['contract']!r}"
    if want.get("contract") != "none" and want.get("mode") != "observe" and not row.get("state"):
        yield "it has no state"
    if "pid" in want and want["pid"] not in row.get("threads", []):
        yield f"thread {want['pid']} is not among {row.get('threads')}"


def status(status_file, expected_file):
    known = containers_of(status_file)
    for want in lines_of(expected_file):
        row = row_of(known, want)
        if row is None:
            yield f"{want['id'][:20]} {want.get('name', '')} is not known"
        else:
            for wrong in wrong_in_status(want, row):
                yield f"{want['id'][:20]}: {wrong}"


def absent(status_file, expected_file):
    known = containers_of(status_file)
    for want in lines_of(expected_file):
        if row_of(known, want):
            yield f"{want['id'][:20]} is still known"


def decisions_of(record):
    """[(uptime in seconds, decision)]. The record's times are of CLOCK_MONOTONIC."""
    ahead = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return [(line["at_ns"] / 1e9 + ahead, line) for line in lines_of(record) if line["kind"] == "decision"]


def row_in(decision, container):
    """The row of the container whose cgroup's name holds this id."""
    for domain in decision["domains"]:
        for row in domain["containers"]:
            if container in row.get("container", ""):
                return row
    return None


def interval_of(record):
    return lines_of(record)[0]["interval_ns"] / 1e9


def first_planned(decisions, want):
    """When it was first in a group of its own by a decision."""
    for at, decision in decisions:
        if any(want["id"] in member["container"] for member in decision["plan"].get("members", [])):
            return at
    return None


def arrived(record, expected_file, periods):
    decisions, after, late = decisions_of(record), int(periods) * interval_of(record), []
    for want in lines_of(expected_file):
        due = want["start"] + after
        without = [at for at, decision in decisions if at >= due and not row_in(decision, want["id"])]
        rows = [(at, row) for at, row in ((at, row_in(decision, want["id"])) for at, decision in decisions) if row]
        if not rows or without:
            first = f"{rows[0][0] - want['start']:.2f} s after it" if rows else "never"
            yield f"{want['id'][:20]} was first seen {first}, and not at {[round(at - want['start'], 2) for at in without[:3]]}"
            continue
        # Before its start the scan may have found it before it was announced.
        row = next((row for at, row in rows if at >= want["start"]), {"contract": "none at all"})
        contract = want.get("contract")
        if isinstance(contract, int):
            if row["contract"] != contract:
                yield f"{want['id'][:20]}: its contract in the first decision after its start was {row['contract']}, want {contract}"
            planned = first_planned(decisions, want)
            late.append(planned - want["start"] if planned is not None else float("inf"))
    if late:
        print(f"with a contract: {len(late)}, of them {sum(one <= 0 for one in late)} had their group decided before their",
              f"start, the last one {max(late):+.2f} s from it")


def left(record, expected_file, periods):
    decisions, after = decisions_of(record), int(periods) * interval_of(record)
    for want in lines_of(expected_file):
        late = [at for at, decision in decisions if at >= want["end"] + after]
        with_it = [at for at, decision in decisions if at >= want["end"] + after and row_in(decision, want["id"])]
        if not late:
            yield f"there is no decision {periods} periods after the end of {want['id'][:20]}"
        if with_it:
            yield f"{want['id'][:20]} is still in a decision {with_it[-1] - want['end']:.2f} s after its end"


def settled(record, expected_file):
    """This machine may have containers of others, who come and go: what changes for them is not looked at."""
    ids = [want["id"] for want in lines_of(expected_file)]
    decisions = [line for line in lines_of(record) if line["kind"] == "decision"]
    changes = [change for decision in decisions[-2:] for change in decision.get("changes", [])]
    ours = [change for change in changes if any(one in str(value) for value in change.values() for one in ids)]
    if len(decisions) < 2 or ours:
        yield f"the last two decisions changed something: {ours[:2]}"


def groups_on(root):
    """{directory ("" is the default group): (threads, ways of each domain)} of a resctrl tree."""
    found = {}
    for name in [""] + sorted(os.listdir(root)):
        try:
            with open(f"{root}/{name}/tasks", encoding="ascii") as file:
                threads = {int(line) for line in file}
            with open(f"{root}/{name}/schemata", encoding="ascii") as file:
                masks = [line.split(":", 1)[1] for line in file if line.strip().startswith("L3:")]
        except (OSError, NotADirectoryError):
            continue
        ways = {int(part.split("=")[0]): bin(int(part.split("=")[1], 16)).count("1") for part in masks[0].split(";")}
        found[name] = (threads, ways)
    return found


def tasks(status_file, record, expected_file, cgroup2, resctrl="/sys/fs/resctrl"):
    expected = lines_of(expected_file)  # this machine may have containers of others
    plan = [line for line in lines_of(record) if line["kind"] == "decision"][-1]["plan"]
    group_of = {member["container"]: member["group"] for member in plan.get("members", [])
                if any(want["id"] in member["container"] for want in expected)}
    ways_of = {(domain["id"], g["group"]): g["ways"] for domain in plan["domains"] for g in domain["groups"]}
    tree, directory_of, checked = groups_on(resctrl), {}, 0
    known = containers_of(status_file)
    for path, group in sorted(group_of.items()):
        live = threads_below(f"{cgroup2}/{path}")
        names = {name for name, (threads, _) in tree.items() if threads & live}
        if not live or len(names) != 1 or not live <= tree[next(iter(names), "")][0]:
            yield f"{path}: its threads {sorted(live)} are in groups {sorted(names)}"
            continue
        name = names.pop()
        if (group != "") != name.startswith("dcat."):
            yield f"{path}: decided group {group!r}, its threads are in {name!r}"
        if directory_of.setdefault(group, name) != name:
            yield f"{path}: is in {name!r}, others of its group are in {directory_of[group]!r}"
        for domain, ways in tree[name][1].items():
            if group and ways != ways_of[domain, group]:
                yield f"{path}: {name} has {ways} ways of domain {domain}, decided were {ways_of[domain, group]}"
        row = next((row for row in known if row["id"] == path), {})
        if set(row.get("threads", [])) != live:
            yield f"{path}: the status has threads {row.get('threads')}, there are {sorted(live)}"
        if row.get("group", name) != name:
            yield f"{path}: the status has group {row['group']!r}, its threads are in {name!r}"
        checked += 1
    if len(set(directory_of.values())) != len(directory_of):
        yield f"two decided groups are one directory: {directory_of}"
    for (domain, group), ways in ways_of.items():
        promised = sum(want["contract"] for want in expected if isinstance(want.get("contract"), int)
                       and any(want["id"] in path for path, of in group_of.items() if of == group))
        if ways < promised:
            yield f"group {group!r} has {ways} ways of domain {domain}, its contracts are {promised}"
    for want in expected:
        row = row_of(known, want)
        if row is None or row["id"] in group_of:
            continue
        if isinstance(want.get("contract"), int):
            yield f"{row['id']}: it has a contract and no group in the plan"
        # Whoever is in no group of the plan is in the default group.
        elsewhere = [n for n, (threads, _) in tree.items() if n and threads & set(row.get("threads", []))]
        if elsewhere:
            yield f"{row['id']}: nothing was decided, and it is in {elsewhere}"
    print(f"threads of {checked} containers are in {len(directory_of)} groups as decided")
    if checked == 0:
        yield "no container was in the plan"


def stay(cgroup2, expected_file, stop_file, resctrl="/sys/fs/resctrl"):
    """Threads that were here at the first look and still live are never in the default group."""
    roots = [folder for want in lines_of(expected_file) for folder, _, _ in os.walk(cgroup2) if want["id"] in folder]
    threads = set().union(*(threads_below(root) for root in roots))
    looks = 0
    while not os.path.exists(stop_file):
        with open(resctrl + "/tasks", encoding="ascii") as file:
            lost = {int(line) for line in file} & threads
        lost = {thread for thread in lost if os.path.exists(f"/proc/{thread}")}
        if lost:
            yield f"look {looks}: in the default group: {sorted(lost)}"
            return
        looks += 1
        time.sleep(0.02)
    print(f"{len(threads)} threads were in no default group at any of {looks} looks")
    if not threads or not looks:
        yield "nothing was looked at"


def main():
    questions = {f.__name__: f for f in (status, absent, arrived, left, settled, tasks, stay)}
    wrong = list(questions[sys.argv[1]](*sys.argv[2:]))
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
