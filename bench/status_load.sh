#!/usr/bin/env bash
# The loop beside many who ask: `dcat run` on the emulated node with real cgroups and the machine's clock, alone and then
# with 1,000 status calls a second and 100 connections that say nothing. From the recorded trace: how late decisions came
# behind their time, and whether a period was lost. Then what `dcat status` takes, as people call it.
# Usage: bench/status_load.sh DCAT STATUS_LOAD [CONTAINERS [SECONDS]]
# Exit code 1: a period was lost, a decision was more than half a period late, or an ask had no answer; 77: cannot run.
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tests/emulated/common.sh"
dcat=$(realpath "$1") load=$(realpath "$2")
readonly dcat load containers=${3:-250} length=${4:-10}
if [[ ${5:-} != inside ]]; then
  if ! command -v python3 >/dev/null; then skip 'there is no python3'; fi
  need_emulator "$dcat"
  exec "$dcat" emulate --rmids 512 -- bash "${BASH_SOURCE[0]}" "$dcat" "$load" "$containers" "$length" inside
fi

cgroups=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
[[ -n $cgroups ]] || skip 'there is no cgroup2 here'
work=$(mktemp -d)
slice=dcat-load-$$.slice
daemon=
clean() {
  if [[ -n $daemon ]]; then kill -9 "$daemon" 2>/dev/null; fi
  cat "$cgroups/$slice"/*/cgroup.procs 2>/dev/null | xargs -r kill -9 2>/dev/null
  wait 2>/dev/null
  for ((tries = 0; tries < 50; ++tries)); do
    if rmdir "$cgroups/$slice"/*/ "$cgroups/$slice" 2>/dev/null; then break; fi
    sleep 0.1
  done
  rm -rf "$work"
}
trap clean EXIT
mkdir "$cgroups/$slice" 2>"$work/made" || skip "cannot make a cgroup: $(cat "$work/made")"
for ((i = 0; i < containers; ++i)); do
  leaf=$cgroups/$slice/tenant-$(printf %04d "$i").scope
  mkdir "$leaf"
  # It runs a little in every period, so that there is something to say of it.
  bash -c "echo \$\$ >'$leaf/cgroup.procs'; exec 9<> <(:); while true; do read -rt 0.9 -u 9; done" &
  disown
done
# This machine may have no hardware counters; what is counted does not matter here.
cat >"$work/config" <<CONFIG
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
runtime_directory: $work/run
min_instructions: 0
llc_idle_per_sec: 0
containers: ['$slice/**']
CONFIG
readonly socket=$work/run/dcat.sock

# run_for NAME COMMAND...: the daemon beside the command; its trace is $work/NAME.
run_for() {
  local name=$1
  shift
  "$dcat" run --mode enforce --counters cgroup --config "$work/config" --record "$work/$name" >"$work/out" 2>"$work/err" &
  daemon=$!
  for ((tries = 0; tries < 200; ++tries)); do
    if "$dcat" status --json --socket "$socket" 2>/dev/null | grep -qF 'tenant-0000'; then break; fi
    if ! kill -0 "$daemon" 2>/dev/null; then
      wait "$daemon"
      if (($? == 3)); then daemon=; skip "$(tail -1 "$work/err")"; fi
      fail "the daemon ended: $(cat "$work/err")"
    fi
    sleep 0.1
  done
  "$@" || fail "$name: $(cat "$work/said")"
  kill -INT "$daemon"
  wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
  daemon=
}
# lateness NAME: of the trace. Decisions are due on a grid of 1 s; the first ones are left out, for starting takes its time.
lateness() {
  python3 - "$work/$1" "$1" <<'PY'
import json, sys
at = []
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record["kind"] == "observation":
        at.append(record["at_ns"] / 1e9)
at = at[2:]
steps = [b - a for a, b in zip(at, at[1:])]
lost = sum(step > 1.5 for step in steps)
late = max(abs(step - 1) for step in steps)
print(f"{sys.argv[2]}: {len(at)} decisions, {lost} periods lost, at most {late * 1000:.1f} ms off their time")
sys.exit(lost > 0 or late > 0.5 or len(at) < 5)
PY
}
as_people() {
  local command start
  for command in "--version" "status" "status --json"; do  # the first: what starting the program takes
    for ((i = 0; i < 30; ++i)); do
      start=${EPOCHREALTIME/./}
      # shellcheck disable=SC2086
      DCAT_SOCKET=$socket "$dcat" $command >"$work/said" || return 1
      echo "$(((${EPOCHREALTIME/./} - start) / 10))"
    done | sort -n | awk -v command="dcat $command" '{a[NR] = $1} END {printf "%s: median %.2f ms, longest of %d %.2f ms\n", command, a[int((NR + 1) / 2)] / 100, NR, a[NR] / 100}'
  done
}

echo "$containers containers, emulated node, the machine's clock, a period of 1 s"
run_for alone sleep "$length"
lateness alone || fail 'a decision was late with nobody asking'
ask_hard() { "$load" "$socket" 1000 "$length" 100 >"$work/said" 2>&1 && cat "$work/said"; }
run_for asked ask_hard
lateness asked || fail 'a decision was late beside 1,000 status calls a second'
run_for people as_people
