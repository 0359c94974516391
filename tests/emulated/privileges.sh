#!/usr/bin/env bash
# What a daemon keeps of root's privileges once it runs, on the emulated node: the capabilities of each thread, the bounding
# set, files and their modes. After that everything still works: another mode, containers that come, hooks, the end. And
# directories that others could write in are refused.
# privileges.sh DCAT
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1
if [[ ${2:-} != inside ]]; then
  need_emulator "$dcat"
  exec "$dcat" emulate -- bash "${BASH_SOURCE[0]}" "$dcat" inside
fi

cgroups=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
[[ -n $cgroups ]] || skip 'there is no cgroup2 here'
work=$(mktemp -d)
slice=dcat-test-$$.slice
one=$(printf '%064x' "$$")
daemon='' sleeper=''
clean() {
  for pid in $daemon $sleeper; do kill -9 "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rmdir "$cgroups/$slice/libpod-$one.scope" "$cgroups/$slice" 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
mkdir -p "$cgroups/$slice" 2>"$work/made" || skip "cannot make a cgroup: $(cat "$work/made")"
cat >"$work/config" <<CONFIG
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
runtime_directory: $work/run
containers: ['$slice/**']
CONFIG
readonly socket=$work/run/dcat.sock tree=/sys/fs/resctrl
eventually() {
  for ((tries = 0; tries < 200; ++tries)); do
    if "$@"; then return; fi
    sleep 0.05
  done
  fail "not within 10 s: $*: $(tail -3 "$work/err")"
}

# Directories that others could write in.
refuses() {
  "$dcat" run --mode observe --counters cgroup --ticks 1 --config "$work/config" >/dev/null 2>"$work/refused"
  (($? == 1)) || fail "$1: exit code $?"
  grep -qF "$1" "$work/refused" || fail "want \"$1\", got: $(cat "$work/refused")"
}
mkdir -m 1777 "$work/run"
refuses 'everybody may write in it'
rmdir "$work/run"
mkdir "$work/else"
ln -s "$work/else" "$work/run"
refuses 'it is a symbolic link'
rm "$work/run"
mkdir "$work/run"
chown 12345 "$work/run"
refuses 'it belongs to user 12345'
rmdir "$work/run"

"$dcat" run --mode observe --counters cgroup --config "$work/config" >"$work/out" 2>"$work/err" &
daemon=$!
answers() {
  if ! kill -0 "$daemon" 2>/dev/null; then
    wait "$daemon"
    if (($? == 3)); then skip "$(tail -1 "$work/err")"; fi
    fail "the daemon ended: $(cat "$work/err")"
  fi
  "$dcat" status --json --socket "$socket" >"$work/status" 2>/dev/null
}
eventually answers

field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }
# CAP_DAC_OVERRIDE is 1, CAP_PERFMON 38, CAP_SYS_ADMIN 21: kept where this kernel opens no events without.
kept=$((16#$(field "$daemon" CapEff)))
may=$(((1 << 1) | (1 << 38)))
if grep -q 'this kernel asks for sys_admin' "$work/err"; then may=$((may | (1 << 21))); fi
((kept == (may & 16#$(field $$ CapPrm)))) || fail "the loop keeps $(field "$daemon" CapEff)"
[[ $(field "$daemon" CapPrm) == "$(field "$daemon" CapEff)" ]] || fail "permitted is more: $(field "$daemon" CapPrm)"
for set in CapBnd CapInh CapAmb; do [[ $(field "$daemon" $set) =~ ^0+$ ]] || fail "$set is $(field "$daemon" $set)"; done
[[ $(field "$daemon" NoNewPrivs) == 1 ]] || fail 'new privileges are possible'
[[ $(awk '/core file size/ {print $5 $6}' "/proc/$daemon/limits") == 00 ]] || fail 'it may dump core'
# The door keeps none; who reads the configuration again may read what the loop may.
bare=0
for thread in "/proc/$daemon/task/"*; do
  held=$((16#$(field "$daemon/task/${thread##*/}" CapPrm)))
  ((held == 0)) && bare=$((bare + 1))
  (((held & ~kept) == 0)) || fail "a thread keeps more than the loop: $held"
done
((bare == 1)) || fail "$bare threads keep nothing, want one: the door"

# All of it works without: another mode, a container that comes, a hook for it.
"$dcat" mode enforce --socket "$socket" >"$work/mode" 2>&1 || fail "no mode enforce: $(cat "$work/mode")"
mkdir "$cgroups/$slice/libpod-$one.scope"
sh -c "echo \$\$ >'$cgroups/$slice/libpod-$one.scope/cgroup.procs'; exec sleep 600" &
sleeper=$!
sees() { answers && grep -qF "libpod-$one" "$work/status"; }
eventually sees
printf '{"ociVersion":"1.0.2","id":"%s","status":"running","pid":%s,"bundle":"/nonexistent","annotations":{"dcat.dev/contract-ways":"3"}}' "$one" "$sleeper" |
  "$dcat" hook oci --socket "$socket" >"$work/hook" 2>&1
group="$tree/dcat.$slice%2flibpod-$one.scope"
placed() { grep -qx "$sleeper" "$group/tasks" 2>/dev/null; }
eventually placed
grep -qi 'permission\|not permitted' "$work/err" && fail "something was not permitted: $(grep -i permi "$work/err")"

[[ $(stat -c '%a' "$work/run") == 755 ]] || fail "the runtime directory has mode $(stat -c %a "$work/run")"
for file in "$work/run/"*; do
  case ${file##*/} in
    announced.jsonl | modes.json) want=600 ;;
    dcat.sock) want=6[06]0 ;;
    *) want=644 ;;
  esac
  # shellcheck disable=SC2053
  [[ $(stat -c '%a' "$file") == $want ]] || fail "${file##*/} has mode $(stat -c %a "$file"), want $want"
done
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
daemon=
[[ -z $(find "$tree" -maxdepth 1 -name 'dcat.*') ]] || fail 'a group is left'
echo "with $(sed -n 's/.*capabilities kept: //p' "$work/err") alone it changed mode, took a container in and gave the node back"
