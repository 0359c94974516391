#!/usr/bin/env bash
# Stop, crash and purge on the emulated node, with foreign groups and a process of its own in it: every file below
# /sys/fs/resctrl, the cgroups' threads and the runtime directory are byte for byte as before after run and stop, after
# run, kill -9 and `dcat reset`, and after run, kill -9, start and stop. What purging the package removes is all that is left.
# restored.sh DCAT SCENARIO
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 scenario=$2
if [[ ${3:-} != inside ]]; then
  need_emulator "$dcat"
  exec "$dcat" emulate --scenario "$scenario" -- bash "${BASH_SOURCE[0]}" "$dcat" "$scenario" inside
fi

work=$(mktemp -d)
daemon='' sleeper=''
clean() {
  for pid in $daemon $sleeper; do kill -9 "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
cd /sys/fs/resctrl || fail 'there is no resctrl'
# Somebody else's group, with a process in it, and masks of the default group that are not the boot's.
mkdir theirs && echo 'L3:0=f0000' >theirs/schemata && echo 'L3:0=7ffff' >schemata || fail 'a foreign group could not be made'
sleep 600 &
sleeper=$!
echo "$sleeper" >theirs/tasks

# Every file with its mode and its bytes. Processes of this test come and go in the default group: of its tasks only those
# of the tenants count, which are in the cgroups; counters of use go on.
snapshot() {
  local cgroup
  find . \( -name mon_data -o -name tasks \) -prune -o -printf '%p %M %U:%G\n' | LC_ALL=C sort
  find . -name mon_data -prune -o -type f ! -name tasks -print | LC_ALL=C sort | while read -r file; do
    [[ $file == *last_cmd_status ]] && continue
    echo "$file: $(cat "$file" 2>&1 | od -An -c | tr -d '\n ')"
  done
  for group in theirs; do echo "$group: $(cat "$group/tasks")"; done
  for cgroup in $tenants; do
    for tid in $(cat "$cgroup/cgroup.threads"); do
      echo "$cgroup $tid $(grep -lx "$tid" tasks */tasks 2>/dev/null)"
    done
  done
  find /run/dcat ! -name 'emulator*' -printf '%p %M %U:%G\n' | LC_ALL=C sort
}
start() {
  "$dcat" run --mode enforce --counters sim --pace 20 --ticks 100000 >"$work/out" 2>"$work/err" &
  daemon=$!
  for ((tries = 0; tries < 200; ++tries)); do
    # Until more than the first masks have been written.
    if "$dcat" status --json 2>/dev/null | grep -qE '"period":([5-9]|[0-9]{2,}),'; then return; fi
    kill -0 "$daemon" 2>/dev/null || fail "the daemon ended: $(tail -3 "$work/err")"
    sleep 0.05
  done
  fail "it decides nothing: $(tail -3 "$work/err")"
}
stop() {
  kill -TERM "$daemon"
  wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
  daemon=
}
crash() {
  kill -9 "$daemon"
  wait "$daemon" 2>/dev/null
  daemon=
  # What a crash leaves is in force: otherwise there is nothing to be seen here.
  [[ -n $(find . -maxdepth 1 -name 'dcat.*') ]] || fail 'the crash left no group'
}
same() {
  snapshot >"$work/after"
  # The lock and what was announced or ordered stay for the next start, until the package is purged.
  grep -v '^/run/dcat/\(lock\|announced.jsonl\|modes.json\) ' "$work/after" | diff "$work/before" - >"$work/diff" || fail "$1: $(head -20 "$work/diff")"
}

# The tenants' cgroups of this emulated node: named after a process above this one.
tenants='' above=$$
while ((above > 1)); do
  tenants+=$(find "$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)" -path "*/dcat-emulated.$above/*/cgroup.threads" -printf '%h ' 2>/dev/null)
  above=$(awk '/^PPid/ {print $2}' "/proc/$above/status")
done
(($(wc -w <<<"$tenants") == 6)) || fail "the tenants' cgroups: $tenants"
snapshot >"$work/before"
(($(wc -l <"$work/before") > 20)) || fail 'the snapshot is empty'

start
[[ -n $(find . -maxdepth 1 -name 'dcat.*') ]] || fail 'a run made no group'
snapshot | diff -q "$work/before" - >/dev/null && fail 'a run is not seen in the snapshot'
stop
same 'run and stop'
start
crash
"$dcat" reset >"$work/reset" 2>&1 || fail "reset: $(cat "$work/reset")"
rm -f /run/dcat/dcat.sock # a crash's socket; purging and the next start remove it
same 'run, kill -9, reset'
start
crash
start
stop
same 'run, kill -9, start, stop'
# As the package's purge does.
rm -rf /run/dcat/lock /run/dcat/announced.jsonl /run/dcat/modes.json
snapshot | diff "$work/before" - >"$work/diff" || fail "purge: $(cat "$work/diff")"
echo "$(wc -l <"$work/before") lines of files, groups and threads the same after stop, reset and a second start"
