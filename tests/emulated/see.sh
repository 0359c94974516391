#!/usr/bin/env bash
# What people see of a daemon on the emulated node: `dcat status`, `explain`, `events` and `top` (in tmux, 80x24), with
# containers whose names would harm a terminal, while the daemon goes away and comes back.
# see.sh DCAT SCENARIO
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
dcat=$(realpath "$1")
readonly dcat
if [[ ${3:-} != inside ]]; then
  if ! command -v tmux >/dev/null; then skip 'there is no tmux'; fi
  if ! command -v script >/dev/null; then skip 'there is no script(1)'; fi
  need_emulator "$dcat"
  exec "$dcat" emulate --scenario "$2" -- bash "${BASH_SOURCE[0]}" "$dcat" "$2" inside
fi

work=$(mktemp -d)
readonly work socket=$work/run/dcat.sock
daemon= follower=
tmux=(tmux -L "dcat-test-$$" -f /dev/null)
clean() {
  "${tmux[@]}" kill-server 2>/dev/null
  for pid in $daemon $follower; do kill -9 "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
printf 'runtime_directory: %s/run\n' "$work" >"$work/config"

start_daemon() {
  "$dcat" run --mode enforce --counters sim --pace 10 --ticks 100000 --config "$work/config" >"$work/out" 2>"$work/err" &
  daemon=$!
  eventually answers
}
answers() { "$dcat" status --json --socket "$socket" >"$work/status" 2>/dev/null; }
eventually() {
  for ((tries = 0; tries < 200; ++tries)); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "not within 20 s: $*; the daemon said $(tail -3 "$work/err"); the screen: $(screen 2>/dev/null)"
}
# harmless FILE: no byte of it does anything to a terminal.
harmless() {
  if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' "$1"; then
    fail "$1 has bytes that a terminal obeys: $(LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1" | head -3 | cat -v)"
  fi
}
has() { grep -qF -- "$1" "$2" || fail "$2 has no '$1': $(head -40 "$2" | cat -v)"; }
screen() { "${tmux[@]}" capture-pane -p; }
shows() { screen | grep -qF -- "$1"; }
see() { "$dcat" "$@" --socket "$socket" >"$work/seen" 2>"$work/seen.err" || fail "dcat $*: $(cat -v "$work/seen.err")"; }

start_daemon
keeps_five() { "$dcat" status --socket "$socket" 2>/dev/null | grep -qE '^[A-Z] mlr +Keeper +3->5 '; }
eventually keeps_five

# ---- status
COLUMNS=80 see status
harmless "$work/seen"
if awk 'length > 80 {exit 1}' "$work/seen"; then :; else fail "a line of the status has more than 80 columns"; fi
has 'dCat enforce (simulated), policy fair' "$work/seen"
grep -qE '^L3 domain 0 \[[A-Z.]{20}\] 20 ways' "$work/seen" || fail "no bar: $(cat "$work/seen")"

# ---- explain
is_folded() { "$dcat" explain mlr --socket "$socket" | grep -qE 'Keeper as before, with 5 ways, for [0-9]+ periods'; }
eventually is_folded
see explain mlr
has 'from Unknown to Receiver, from 4 to 5 ways: the last way gained 35.3 % (limit 5.0 %).' "$work/seen"
see explain mlr --json
has '"code":"gained"' "$work/seen"
"$dcat" explain nobody --socket "$socket" >"$work/seen" 2>&1
[[ $? == 2 ]] || fail "explain nobody: $(cat "$work/seen")"
has 'there is none with that id or name; `dcat status` lists them' "$work/seen"

# ---- events
see events
has 'start     dcat ' "$work/seen"
has 'mlr: domain 0: Unknown -> Receiver, 4 -> 5 ways' "$work/seen"
see events --json --after 1
[[ $(head -1 "$work/seen") == *'"seq":2,'* ]] || fail "the first event after 1 is $(head -1 "$work/seen")"
"$dcat" events --socket "$socket" | head -1 >/dev/null
[[ ${PIPESTATUS[0]} == 0 ]] || fail "events into a closed pipe failed"
"$dcat" events --follow --socket "$socket" >"$work/followed" 2>"$work/followed.err" &
follower=$!

# ---- names that harm terminals, announced of cgroups that are there
talk() {
  python3 - "$socket" <<'PY'
import json, socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect(sys.argv[1])
    names = {"lookbusy-1": "\x1b]0;owned\x07\x1b[2Jx", "lookbusy-2": "a\nb\rc\u009b31m\u202ed", "lookbusy-3": "y" * 4096}
    for cgroup, name in names.items():
        ask = {"dcat": 1, "announce": {"event": "came", "id": cgroup, "name": name, "pod": name, "cgroup": cgroup}}
        s.sendall(json.dumps(ask).encode() + b"\n")
        answer = s.makefile().readline()
        if '"ok"' not in answer:
            sys.exit(answer)
PY
}
if command -v python3 >/dev/null; then
  talk >"$work/seen" 2>&1 || fail "announcing failed: $(cat -v "$work/seen")"
  is_named() { answers && grep -qF 'yyyyyyyyyyyy' "$work/status"; }
  eventually is_named
  for command in status 'explain lookbusy-1' 'explain lookbusy-2' 'explain lookbusy-3' events; do
    # shellcheck disable=SC2086
    see $command
    harmless "$work/seen"
    # On a terminal, where JSON has to be harmless too.
    for json in '' --json; do
      script -qec "stty cols 100 rows 50 -onlcr; $dcat $command $json --socket $socket" /dev/null >"$work/seen" </dev/null
      harmless "$work/seen"
      grep -q . "$work/seen" || fail "$command $json said nothing on a terminal"
    done
  done
  COLUMNS=80 see status
  if awk 'length > 80 {exit 1}' "$work/seen"; then :; else fail "a long name made a long line"; fi
fi

# ---- top
env -u LC_ALL LANG=C.UTF-8 "${tmux[@]}" new-session -d -x 80 -y 24 "'$dcat' top --socket '$socket' 2>'$work/top.err'; echo ended with \$?; sleep 600"
eventually shows '3->5'
screen >"$work/seen"
harmless "$work/seen"
if awk 'length > 80 {exit 1}' "$work/seen"; then :; else fail "a line of top has more than 80 columns"; fi
grep -qE '^L3 domain 0 \[[A-Z.]{20}\]' "$work/seen" || fail "top has no bar: $(cat "$work/seen")"
"${tmux[@]}" send-keys m
eventually shows 'sort: MPKI'
[[ $(screen | grep -E '^[> ][A-Z] ' | head -1) == *mload* ]] || fail "sorted by MPKI, mload is not the first: $(screen)"
"${tmux[@]}" send-keys / m l r Enter
eventually shows '1/1'
"${tmux[@]}" send-keys Escape
eventually shows '/6 '
"${tmux[@]}" send-keys '?'
eventually shows 'Any key goes back.'
"${tmux[@]}" send-keys x
"${tmux[@]}" resize-window -x 120 -y 30
eventually shows '  WHY'

# ---- the daemon goes away, and comes back
kill -INT "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
eventually shows 'NO ANSWER'
screen >"$work/seen"
has 'mload' "$work/seen"
start_daemon
eventually shows 'The daemon answers again.'
gone() { ! shows 'NO ANSWER'; }
eventually gone
"${tmux[@]}" send-keys q
eventually shows 'ended with 0'
begun_anew() { grep -qF 'the daemon has begun anew' "$work/followed.err" && [[ $(grep -c ' start ' "$work/followed") == 2 ]]; }
eventually begun_anew
has 'waiting for it' "$work/followed.err"
harmless "$work/followed"
kill -INT "$follower"
wait "$follower" || fail "events --follow ended with $? on SIGINT"
follower=

# ---- terminals that cannot
said=$(TERM=dumb script -qec "$dcat top --socket $socket" /dev/null </dev/null)
[[ $said == *'cannot place its cursor'* ]] || fail "top on a dumb terminal said: $said"
"$dcat" top --socket "$socket" </dev/null >"$work/seen" 2>&1
[[ $? == 2 ]] || fail "top without a terminal: $(cat "$work/seen")"
has 'it needs a terminal' "$work/seen"
"${tmux[@]}" new-window "TERM=vt100 '$dcat' top --socket '$socket'"
eventually shows '3->5'

kill -INT "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
daemon=
echo "status, explain, events and top showed the node, harmlessly, over a restart of the daemon"
