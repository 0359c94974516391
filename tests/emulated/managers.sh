#!/usr/bin/env bash
# Beside other managers: no crash, no busy loop, foreign groups as they were, and the log says it once.
# managers.sh DCAT SCENARIO
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 scenario=$2
tree=$(dirname "${BASH_SOURCE[0]}")/tree.sh
need_emulator "$dcat"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# beside MANAGER TICKS: an enforcing run, five simulated seconds a second. Leaves $work/{log,out,code,foreign-*,cpu}.
beside() {
  cat >"$work/node" <<NODE
sleep 0.3
$tree foreign >$work/foreign-before
TIMEFORMAT='%U %S'
{ time $dcat run --mode enforce --counters sim --backend resctrl --pace 5 --ticks $2 >$work/out 2>$work/log; } 2>$work/cpu
echo \$? >$work/code
$tree foreign >$work/foreign-after
ls /sys/fs/resctrl | grep -c '^dcat[.]' >$work/left || true
NODE
  timeout 60 "$dcat" emulate --foreign "$1" --scenario "$scenario" -- bash "$work/node" || fail "$1: exit code $?"
  [[ $(cat "$work/code") == 0 ]] || fail "beside $1: exit code $(cat "$work/code"): $(cat "$work/log")"
  [[ $(cat "$work/left") == 0 ]] || fail "beside $1: groups are left behind"
  diff "$work/foreign-before" "$work/foreign-after" || fail "beside $1: foreign groups are not as they were"
  read -r user system <"$work/cpu"
  awk "BEGIN { exit !($user + $system < 2) }" || fail "beside $1: used $user s + $system s of CPU"
}
# said TIMES TEXT
said() {
  local times
  times=$(grep -c "$2" "$work/log")
  [[ $times == "$1" ]] || fail "'$2' was said $times times, want $1: $(cat "$work/log")"
}

beside remover 25
said 1 'somebody else changed what is ours'
said 1 'another program undid our changes 3 times'
echo "beside a manager that removes our groups: $(grep -o 'another program undid our changes.*' "$work/log")"

beside holder 20
said 1 'another program holds the lock'
echo "beside one that holds the lock: $(grep -c 'change' "$work/out") lines of changes, $(cat "$work/cpu") s of CPU (user, system)"

beside hoarder 10
said 15 'foreign group foreign[0-9]* takes a CLOSID'
grep -q 'runs in the shared region' "$work/out" || fail "nobody is told that there are no CLOSIDs: $(cat "$work/out")"
echo 'beside one that takes all CLOSIDs: everybody runs in the shared region'

# A directory that is busy for a moment when the run ends.
said=$("$dcat" emulate --fail rmdir:'*':1:EBUSY --scenario "$scenario" -- bash -c "
  $dcat run --mode enforce --counters sim --backend resctrl --ticks 5 >/dev/null; echo \$?; ls /sys/fs/resctrl | grep '^dcat[.]'" 2>/dev/null)
[[ $said == 0 ]] || fail "a group that was busy for a moment: $said"

beside libvirt 10
said 1 'foreign group .* holds .*: these ways are left to it'
echo "beside libvirt: $(grep -o 'foreign group.*' "$work/log")"

# Fewer RMIDs than tenants: those that were given back wait in limbo until their lines are gone.
"$dcat" emulate --rmids 5 --scenario "${scenario%/*}/paper-6x3.yaml" -- \
  "$dcat" run --mode enforce --counters sim --backend resctrl --pace 0 --ticks 60 >"$work/out" 2>"$work/log" ||
  fail "with few RMIDs: exit code $?: $(cat "$work/log")"
grep -q 'EBUSY: Out of RMIDs' "$work/log" || fail "no group was ever refused an RMID: $(cat "$work/log")"
restless=$(grep -E '^simulated t=(4|5|60)[0-9.]*s domain' "$work/out" | grep -c ': [0-9]* changes$')
[[ $restless == 0 ]] || fail "with few RMIDs: ways still move after 40 periods: $(cat "$work/out")"
grep -q 'shared=13' "$work/out" || fail "with few RMIDs nobody got a partition: $(cat "$work/out")"
echo 'with fewer RMIDs than tenants: it settles'
