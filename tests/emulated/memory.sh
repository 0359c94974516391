#!/usr/bin/env bash
# What was learned survives: a run that is started again gives everybody the known size after one period, after an end as
# after kill -9; a damaged memory is set aside and learned anew; a directory that cannot be written to ends nothing.
# memory.sh DCAT CHECK_TRACE SCENARIO: the scenario is paper-6x3.
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 check=$2 scenario=$3
readonly memory=/var/lib/dcat/memory
# What an outsider sees of it, now and afterwards.
outside() { stat -c '%n %Y %s' /var/lib/dcat "$memory" 2>&1; }
if [[ ${4:-} != inside ]]; then
  need_emulator "$dcat"
  before=$(outside)
  "$dcat" emulate --scenario "$scenario" -- bash "${BASH_SOURCE[0]}" "$dcat" "$check" "$scenario" inside || exit
  [[ $(outside) == "$before" ]] || fail "the machine's own /var/lib/dcat was changed"
  exit
fi

work=$(mktemp -d)
daemon=
clean() {
  if [[ -n $daemon ]]; then kill -9 "$daemon" 2>/dev/null; fi
  rm -rf "$work"
}
trap clean EXIT
echo 'memory: {write_every: 1s}' >"$work/config"
# run NAME OPTIONS...: NAME.out, NAME.err and NAME.trace are left in $work.
run() {
  local name=$1
  shift
  "$dcat" run --counters sim --config "$work/config" --record "$work/$name.trace" "$@" >"$work/$name.out" 2>"$work/$name.err" ||
    fail "$name: exit code $?: $(tail -3 "$work/$name.err")"
}
# said NAME TEXT: a line of the run's, told or warned.
said() { grep -qF -- "$2" "$work/$1.out" "$work/$1.err" || fail "$1 did not say \"$2\": $(head -20 "$work/$1.err" "$work/$1.out")"; }
# knew NAME: the first decision gave both their known size, and a replay of the trace decides the same.
knew() {
  said "$1" 'mlr Reclaim -> Keeper, '
  local line tenant
  for tenant in 'mlr Reclaim -> Keeper, [0-9]+ -> 5 ways' 'mload Reclaim -> Streaming, [0-9]+ -> 1 way'; do
    line=$(grep -E "domain=0 ${tenant%% *} " "$work/$1.out" | head -1)
    [[ $line =~ $tenant:\ phase\ 1\ is\ back ]] || fail "$1 did not know ${tenant%% *} at once: $line"
  done
  ! grep -q baseline "$work/$1.out" || fail "$1 learned a baseline again: $(grep baseline "$work/$1.out")"
  replays "$1"
}
# learned NAME: it began with a baseline for both.
learned() {
  for tenant in mlr mload; do
    grep -qE "$tenant Reclaim -> Keeper, .*baseline" "$work/$1.out" || fail "$1 did not learn $tenant anew: $(cat "$work/$1.out")"
  done
  replays "$1"
}
replays() {
  "$dcat" replay "$work/$1.trace" >"$work/replay" 2>&1 || fail "$1 replays otherwise: $(cat "$work/replay")"
  "$check" "$work/$1.trace" >"$work/replay" 2>&1 || fail "$1 was not carried out: $(cat "$work/replay")"
}
same_file() { [[ $(sha256sum <"$memory") == "$1" ]] || fail "$2 wrote the memory"; }

[[ -d /var/lib/dcat && -z $(ls -A /var/lib/dcat) ]] || fail 'the emulated node has no empty /var/lib/dcat'
run first --mode enforce --ticks 15
learned first
[[ $(stat -c '%a %U' "$memory") == '600 root' && $(stat -c %a /var/lib/dcat) == 700 ]] || fail "modes: $(ls -la /var/lib/dcat)"
run second --mode enforce --ticks 5
knew second

# Who writes nothing reads it all the same.
sum=$(sha256sum <"$memory")
for mode in observe advise; do
  run "$mode" --mode "$mode" --ticks 5
  same_file "$sum" "$mode"
done
grep -qF '"event":"known_phase"' "$work/advise.trace" || fail 'advise did not take up what enforce had learned'
"$dcat" replay "$work/advise.trace" >"$work/replay" 2>&1 || fail "advise replays otherwise: $(cat "$work/replay")"
"$dcat" run --scenario "$scenario" --ticks 5 >/dev/null 2>&1 || fail 'the simulated node did not run'
same_file "$sum" 'the simulated node'
"$dcat" reset >/dev/null 2>&1 || fail 'reset failed'
same_file "$sum" reset

# Killed while it learns anew: what was written goes on, and so do the groups that it left.
"$dcat" reset --forget >"$work/reset" || fail 'reset --forget failed'
grep -qF 'what was learned is forgotten' "$work/reset" && [[ ! -e $memory ]] || fail "reset --forget: $(cat "$work/reset")"
"$dcat" run --counters sim --config "$work/config" --mode enforce --ticks 1000 --pace 10 >"$work/killed.out" 2>"$work/killed.err" &
daemon=$!
for ((tries = 0; tries < 300; ++tries)); do
  if grep -q Streaming "$memory" 2>/dev/null; then break; fi
  sleep 0.1
done
kill -9 "$daemon" || fail "it ended by itself: $(tail -3 "$work/killed.err")"
wait "$daemon" 2>/dev/null
daemon=
grep -q Streaming "$memory" || fail "nothing was written in 30 s: $(tail -3 "$work/killed.err")"
run restarted --mode enforce --ticks 5
knew restarted
said restarted 'mlr Reclaim -> Keeper, 5 -> 5 ways'

# One byte is another.
printf '#' | dd of="$memory" bs=1 seek=500 conv=notrunc status=none
sum=$(sha256sum <"$memory")
run damaged --mode enforce --ticks 15
said damaged 'is set aside as memory.damaged-1'
learned damaged
[[ $(sha256sum <"$memory.damaged-1") == "$sum" ]] || fail 'it was not set aside'
run mended --mode enforce --ticks 5
knew mended

# Nothing can be written, nothing can be read: said once, and the run goes on.
mount -t tmpfs -o ro,mode=700 none /var/lib/dcat || fail 'could not mount'
run readonly --mode enforce --ticks 15
[[ $(grep -c 'memory:' "$work/readonly.err") == 1 ]] || fail "not told once: $(cat "$work/readonly.err")"
said readonly 'Read-only file system'
learned readonly
umount /var/lib/dcat
run again --mode enforce --ticks 5
knew again

# Switched off: neither read nor written.
echo 'memory: {enabled: false}' >"$work/config"
sum=$(sha256sum <"$memory")
run off --mode enforce --ticks 15
learned off
same_file "$sum" 'a run that remembers nothing'
! grep -q '"kind":"memory"' "$work/off.trace" || fail 'a trace without a memory has one'
echo 'sizes were known after one period, after an end and after kill -9; damage and a read-only directory were told'
