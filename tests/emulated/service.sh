#!/usr/bin/env bash
# The daemon under a service manager, whose part this test plays: ready, fed watchdog, status, reload, end. While the
# emulated kernel does not answer, the control loop hangs in a call and is not fed, although the daemon's other threads live.
# service.sh DCAT SCENARIO
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 scenario=$2
work=${3:-}
if [[ -z $work ]]; then
  need_emulator "$dcat"
  command -v python3 >/dev/null || skip 'there is no python3 to play the service manager'
  work=$(mktemp -d)
  "$dcat" emulate --scenario "$scenario" -- bash "${BASH_SOURCE[0]}" "$dcat" "$scenario" "$work" &
  emulator=$!
  clean() {
    kill -CONT "$emulator" 2>/dev/null
    kill "$emulator" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
  }
  trap clean EXIT
  # The command inside may not stop what its own files need; it asks for it.
  while kill -0 "$emulator" 2>/dev/null; do
    for signal in STOP CONT; do
      if [[ -e $work/$signal ]]; then
        kill "-$signal" "$emulator"
        rm "$work/$signal"
      fi
    done
    sleep 0.05
  done
  wait "$emulator"
  exit $?
fi

daemon='' manager=''
inside() {
  for pid in $daemon $manager; do kill -9 "$pid" 2>/dev/null; done
  : >"$work/CONT"
  wait 2>/dev/null
}
trap inside EXIT
python3 - "$work" <<'PYTHON' &
import socket, sys
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(sys.argv[1] + '/notify')
with open(sys.argv[1] + '/told', 'w') as told:
    while True:
        told.write(notify.recv(65536).decode() + '\n')
        told.flush()
PYTHON
manager=$!
eventually() {
  for ((tries = 0; tries < 200; ++tries)); do
    if "$@"; then return; fi
    sleep 0.05
  done
  fail "not within 10 s: $*; told: $(tail -5 "$work/told"); log: $(tail -3 "$work/err")"
}
eventually test -S "$work/notify"
printf 'runtime_directory: %s\n' "$work/run" >"$work/config"
NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=2000000 setsid "$dcat" run --mode enforce --counters sim --pace 1 --ticks 100000 \
  --config "$work/config" </dev/null >"$work/out" 2>"$work/err" &
daemon=$!
told() { grep -qE "^$1" "$work/told"; }
fed() { grep -c '^WATCHDOG=1$' "$work/told"; }
fed_more_than() { (($(fed) > $1)); }
eventually told 'EXTEND_TIMEOUT_USEC=60000000'
eventually told 'READY=1'
[[ $(grep -n -m1 '^READY=1' "$work/told" | cut -d: -f1) -gt $(grep -n -m1 '^EXTEND' "$work/told" | cut -d: -f1) ]] || fail 'ready before it was open'
[[ -S $work/run/dcat.sock ]] || fail 'ready before the socket listens'
eventually told 'STATUS=mode enforce, 6 containers, [0-9]+ decisions, the last [0-9]+ changes in decision [0-9]+$'
eventually fed_more_than 3

# Nobody answers the loop any more: it hangs where it is.
: >"$work/STOP"
stopped() { [[ ! -e $work/STOP ]]; }
eventually stopped
sleep 1
before=$(fed)
sleep 3
[[ $(fed) == "$before" ]] || fail "a loop that hangs was fed $(($(fed) - before)) times"
python3 - "$work/run/dcat.sock" >"$work/answer" <<'PYTHON' || fail "the other threads do not live"
import socket, sys
door = socket.socket(socket.AF_UNIX)
door.settimeout(5)
door.connect(sys.argv[1])
door.sendall(b'{"dcat":1,"nonsense":{}}\n')
print(door.recv(65536).decode())
PYTHON
grep -q bad_input "$work/answer" || fail "the door answered: $(cat "$work/answer")"
: >"$work/CONT"
eventually fed_more_than "$before"

kill -HUP "$daemon"
eventually told 'RELOADING=1'
[[ $(tail -n +"$(grep -n '^RELOADING=1' "$work/told" | cut -d: -f1)" "$work/told" | grep -c '^READY=1') == 1 ]] || eventually told 'READY=1'
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
daemon=
eventually told 'STOPPING=1'
echo "ready, fed $(fed) times, not once while the loop hung for 3 s, reloaded and stopped"
