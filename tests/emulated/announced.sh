#!/usr/bin/env bash
# Announced containers on the emulated node, with real cgroups and threads: under their contract when the hook returns, out
# of a prepared group, isolated, known to a daemon that was killed and started again, and let go when they are gone.
# announced.sh DCAT
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
# The ids of two containers, this test's own.
one=$(printf '%064x' "$$") two=$(printf '%063xf' "$$")
sleepers=() daemon=
clean() {
  if [[ -n $daemon ]]; then kill -9 "$daemon" 2>/dev/null; fi
  for pid in "${sleepers[@]}"; do kill -9 "$pid" 2>/dev/null; done
  wait 2>/dev/null
  for id in "$one" "$two"; do rmdir "$cgroups/$slice/libpod-$id.scope" 2>/dev/null; done
  rmdir "$cgroups/$slice" 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
mkdir -p "$cgroups/$slice/libpod-$one.scope" "$cgroups/$slice/libpod-$two.scope" 2>"$work/made" ||
  skip "cannot make a cgroup: $(cat "$work/made")"

# This machine may have no hardware counters; what is counted does not matter here.
cat >"$work/config" <<CONFIG
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
runtime_directory: $work/run
hooks: {prepared: [{name: start, contract: 2}]}
containers: ['$slice/**']
CONFIG
readonly socket=$work/run/dcat.sock tree=/sys/fs/resctrl

start_daemon() {
  "$dcat" run --mode enforce --counters cgroup --config "$work/config" >"$work/out" 2>"$work/err" &
  daemon=$!
  for ((tries = 0; tries < 200; ++tries)); do
    if "$dcat" status --json --socket "$socket" >"$work/status" 2>/dev/null; then return; fi
    if ! kill -0 "$daemon" 2>/dev/null; then
      wait "$daemon"
      if (($? == 3)); then skip "$(tail -1 "$work/err")"; fi
      fail "the daemon ended: $(cat "$work/err")"
    fi
    sleep 0.1
  done
  fail "no status after 20 s: $(cat "$work/err")"
}
# container ID GROUP: a process in its cgroup and its group, as a runtime makes them; its pid is $pid. Whether it is in the
# group is looked at before it enters the cgroup: from then on the daemon may find it by itself and place it.
container() {
  sh -c "echo \$\$ >'$tree/$2/tasks'; grep -qx \$\$ '$tree/$2/tasks' && echo yes >'$work/in_group'
    echo \$\$ >'$cgroups/$slice/libpod-$1.scope/cgroup.procs'; echo ready >'$work/ready'; exec sleep 600" &
  pid=$!
  sleepers+=("$pid")
  for ((tries = 0; tries < 100; ++tries)); do
    if [[ -s $work/ready ]]; then break; fi
    sleep 0.05
  done
  rm -f "$work/ready"
}
# hook ID STATUS PID ANNOTATIONS
hook() {
  local said start=${EPOCHREALTIME/./}
  said=$(printf '{"ociVersion":"1.0.2","id":"%s","status":"%s","pid":%s,"bundle":"/nonexistent","annotations":{%s}}' "$1" "$2" "$3" "$4" |
    "$dcat" hook oci --socket "$socket" 2>&1) || fail "the hook failed: $said"
  took_ms=$(((${EPOCHREALTIME/./} - start) / 1000))
  [[ -z $said ]] || fail "the hook said: $said"
}
# Ones of a group's mask.
ways_of() {
  local mask bits=0
  mask=$((16#$(sed -n 's/.*L3:0=//p' "$tree/$1/schemata")))
  for (( ; mask > 0; mask >>= 1)); do bits=$((bits + (mask & 1))); done
  echo "$bits"
}
group_of() { echo "dcat.$slice%2flibpod-$1.scope"; }
# in_own_group ID PID WAYS WHEN
in_own_group() {
  local group
  group=$(group_of "$1")
  grep -qx "$2" "$tree/$group/tasks" 2>/dev/null || fail "$4: thread $2 is not in $group: $(grep -lx "$2" "$tree"/*/tasks "$tree/tasks")"
  [[ $(ways_of "$group") == "$3" ]] || fail "$4: $group has $(ways_of "$group") ways, want $3"
}
in_own_group_now() { (in_own_group "$@" now) >/dev/null; }
eventually() {
  for ((tries = 0; tries < 100; ++tries)); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "not within 10 s: $*"
}

start_daemon
eventually test -d "$tree/dcat.prepared:start"
[[ $(ways_of dcat.prepared:start) == 2 ]] || fail "the prepared group has $(ways_of dcat.prepared:start) ways"

container "$one" dcat.prepared:start
[[ -s $work/in_group ]] || fail "a process could not be put into the prepared group"
first=$pid
hook "$one" created "$first" '"dcat.dev/contract-ways":"3","dcat.dev/isolation":"strict"'
# A hook is held for 100 ms at most: on a machine that needs longer it returns without.
is_placed() { grep -qx "$first" "$tree/$(group_of "$one")/tasks" 2>/dev/null; }
if ((took_ms >= 100)); then eventually is_placed; fi
in_own_group "$one" "$first" 3 "when the hook returned, after $took_ms ms"
"$dcat" status --json --socket "$socket" >"$work/status" || fail "no status"
for part in '"isolation":"strict"' '"contract":{"kind":"ways","ways":3}' "\"group\":\"$(group_of "$one")\"" "\"threads\":[$first]" \
  '"runtime":"podman"' '"mode":"enforce"'; do
  grep -qF "$part" "$work/status" || fail "the status has no $part: $(cat "$work/status")"
done

# Killed, it has left everything in force; the next one knows who was announced.
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
in_own_group "$one" "$first" 3 "after the daemon was killed"
container "$two" .
second=$pid
said=$(echo '{"ociVersion":"1","id":"x","status":"created","bundle":"/"}' | "$dcat" hook oci --socket "$socket" 2>&1) ||
  fail "a hook without a daemon failed"
[[ $said == *"the daemon finds it"* ]] || fail "a hook without a daemon said: $said"
start_daemon
sees() { "$dcat" status --json --socket "$socket" 2>/dev/null | grep -qF "libpod-$1"; }
eventually sees "$two"
in_own_group "$one" "$first" 3 "after the daemon was started again"
hook "$two" created "$second" '"dcat.dev/contract-ways":"4","dcat.dev/mode":"observe"'
grep -qx "$second" "$tree/tasks" || fail "who is only observed was moved"
[[ ! -d $tree/$(group_of "$two") ]] || fail "who is only observed has a group"

# Ended, and the runtime directory with it (systemd's RuntimeDirectory=): the contract is in the memory.
kill -INT "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
rm -rf "$work/run"
start_daemon
eventually sees "$one"
eventually in_own_group_now "$one" "$first" 3
"$dcat" status --json --socket "$socket" | grep -qF '"contract":{"kind":"ways","ways":3}' || fail 'the contract is lost with the runtime directory'

# Gone, although its cgroup and process linger.
hook "$one" stopped 0 ''
lingers() { [[ -d $tree/$(group_of "$one") ]]; }
gone() { ! lingers; }
eventually gone
kill -INT "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
daemon=
[[ -z $(find "$tree" -maxdepth 1 -name 'dcat.*') ]] || fail "a group is left"
[[ ! -S $socket ]] || fail "the socket is left"
echo "announced containers had their contract when their hook returned, after kill -9 too"
