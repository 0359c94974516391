#!/usr/bin/env bash
# Modes that change while a run goes on, on the emulated node: of the node and of one container, over a crash, and the trace
# of it all replays. modes.sh DCAT SCENARIO
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 scenario=$2
if [[ ${3:-} != inside ]]; then
  need_emulator "$dcat"
  exec "$dcat" emulate --scenario "$scenario" -- bash "${BASH_SOURCE[0]}" "$dcat" "$scenario" inside
fi

work=$(mktemp -d)
daemon=
clean() {
  if [[ -n $daemon ]]; then kill -9 "$daemon" 2>/dev/null; fi
  wait 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
cat >"$work/config" <<CONFIG
mode: advise
runtime_directory: $work/run
CONFIG
export DCAT_SOCKET=$work/run/dcat.sock
readonly tree=/sys/fs/resctrl

eventually() {
  for ((tries = 0; tries < 200; ++tries)); do
    if "$@"; then return; fi
    sleep 0.05
  done
  fail "not within 10 s: $*"
}
answers() { "$dcat" status --json >"$work/status" 2>/dev/null; }
start_daemon() {
  "$dcat" run --counters sim --pace 10 --ticks 100000 --config "$work/config" "$@" >"$work/out" 2>"$work/err" &
  daemon=$!
  eventually answers
}
has() { answers && grep -qF "$1" "$work/status"; }
in_mode() { [[ $("$dcat" mode 2>/dev/null) == "$1" ]]; }
groups() { find "$tree" -maxdepth 1 -name 'dcat.*' | wc -l; }
has_groups() { (($(groups) > 0)); }
has_none() { (($(groups) == 0)); }
said() { [[ $("$dcat" "${@:2}" 2>&1) == "$1" ]] || fail "dcat ${*:2} did not say: $1"; }

start_daemon --record "$work/trace"
said advise mode
has_none || fail 'groups in mode advise'
said 'enforce, was advise' mode enforce
eventually in_mode enforce
eventually has_groups
said 'enforce, as before' mode enforce
said 'mlr: observe' mode observe --container mlr
in_default() { has '"id":"mlr"' && [[ ! -d $tree/dcat.mlr ]]; }
eventually in_default
said 'observe, was enforce' mode observe
eventually in_mode observe
has_none || fail 'groups in mode observe'
said 'advise, was observe' mode advise
eventually in_mode advise
said 'enforce, was advise' mode enforce
eventually has_groups
[[ ! -d $tree/dcat.mlr ]] || fail 'who is observed has a group again'
"$dcat" mode default >"$work/said" 2>&1
(($? == 2)) || fail "mode default was not refused: $(cat "$work/said")"
"$dcat" mode observe --container nobody >"$work/said" 2>&1
(($? == 2)) || fail "a container that is not there was not refused: $(cat "$work/said")"

# After a crash it goes on as it was, not as the configuration says.
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
has_groups || fail 'a killed daemon took its groups along'
start_daemon
said enforce mode
eventually has_groups
[[ ! -d $tree/dcat.mlr ]] || fail 'who was observed before the crash has a group'
said 'mlr: default' mode default --container mlr
eventually test -d "$tree/dcat.mlr"

# A configuration that has changed its mind goes before what was ordered under the old one.
said 'advise, was enforce' mode advise
eventually in_mode advise
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
sed -i 's/^mode: .*/mode: observe/' "$work/config"
start_daemon
said observe mode
sed -i 's/^mode: .*/mode: advise/' "$work/config"

# One that ends as it should leaves the mode to the configuration.
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
has_none || fail 'groups are left'
start_daemon
said advise mode
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with $?"
daemon=

# The run that was killed: whole periods up to the last, and every one the same again.
python3 - "$work/trace" <<'PYTHON' || fail 'the trace could not be cut'
import sys
lines = open(sys.argv[1], 'rb').read().split(b'\n')[:-1]
while lines and not lines[-1].startswith(b'{"kind":"decision"'):
    lines.pop()
open(sys.argv[1], 'wb').write(b''.join(line + b'\n' for line in lines))
PYTHON
(($(grep -c '"kind":"header"' "$work/trace") == 5)) || fail "$(grep -c '"kind":"header"' "$work/trace") headers in the trace, want 5"
"$dcat" replay "$work/trace" >"$work/said" 2>&1 || fail "the trace replays otherwise: $(cat "$work/said")"
echo "modes changed while the run went on, over kill -9 too; $(cat "$work/said")"
