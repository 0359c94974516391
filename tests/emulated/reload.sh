#!/usr/bin/env bash
# SIGHUP on the emulated node: 20 bad configurations, none of which changes anything, then good ones, which are taken
# between two periods; what needs a restart is named; the trace of it all is decided again byte for byte.
# reload.sh DCAT SCENARIO
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 scenario=$2
tree=$(dirname "${BASH_SOURCE[0]}")/tree.sh
readonly tree
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
readonly config=$work/dcat.yaml socket=$work/run/dcat.sock
# Idle tenants would lend their ways: with this the masks stay still after the first periods.
cat >"$work/good" <<CONFIG
runtime_directory: $work/run
mode: enforce
policy: static
tenants:
  - {name: 'l*', contract: 3}
  - {name: 'm*', contract: 3}
CONFIG
cp "$work/good" "$config"

# A session of its own: the terminal of whoever runs this test is not the daemon's.
setsid "$dcat" run --counters sim --pace 20 --ticks 1000000 --config "$config" --record "$work/trace" </dev/null >"$work/out" 2>"$work/err" &
daemon=$!
ask() { "$dcat" status --json --socket "$socket" 2>/dev/null; }
eventually() {
  for ((tries = 0; tries < 200; ++tries)); do
    if "$@"; then return; fi
    kill -0 "$daemon" 2>/dev/null || fail "the daemon ended: $(tail -5 "$work/err")"
    sleep 0.05
  done
  fail "not within 10 s: $*: $(tail -5 "$work/err")"
}
period() { ask | sed -n 's/.*"period":\([0-9]*\).*/\1/p'; }
later_than() { (($(period || echo 0) > $1)); }
# What must not change. Threads, states and the period go their way.
in_force() {
  "$tree"
  ask | sed -E 's/"period":[0-9]+//; s/"threads":\[[^]]*\]//g; s/"reason":"[^"]*"//g; s/"state":"[^"]*"//g'
}
answers() { ask >/dev/null; }
eventually answers
grep -qF "SIGHUP reads $config again" "$work/err" || fail "it does not say that it reads again: $(cat "$work/err")"
eventually later_than 5
in_force >"$work/before"
grep -q 'dcat\.' "$work/before" || fail "there are no groups: the test would see nothing"

refusals=0
said() { (($(grep -c 'is refused, what is in force stays' "$work/err") >= $1)); }
# bad WORDS: what stands in $config is refused, the log says these words, nothing has changed two periods later.
bad() {
  kill -HUP "$daemon" || fail "$1: the daemon is gone"
  refusals=$((refusals + 1))
  eventually said "$refusals"
  eventually later_than $(($(period) + 2))
  sed -n "/reload $refusals:/,\$p" "$work/err" | grep -qF -e "$1" || fail "the refusal does not say \"$1\": $(sed -n "/reload $refusals:/,\$p" "$work/err")"
  in_force >"$work/after"
  diff "$work/before" "$work/after" || fail "a refused configuration changed something: $1"
}
# with LINES WORDS: the good one and these lines.
with() {
  cat "$work/good" - >"$config" <<<"$1"
  bad "$2"
}
rm "$config"
bad 'No such file or directory'
mkdir "$config"
bad 'Is a directory'
rmdir "$config"
mkfifo "$config"
bad 'no regular file'
rm "$config"
ln -s /dev/zero "$config"
bad 'no regular file'
rm "$config"
: >"$config"
bad 'it is empty'
head -c 10485760 /dev/urandom >"$config"
bad 'more than 4194304 bytes'
head -c 1048576 /dev/urandom | tr -d '\n' >"$config"
bad "$config"
with 'no_such_key: 1' 'no_such_key'
with 'policy: fair' 'policy'
with 'interval: 1' 'interval'
with 'interval: 0s' 'interval'
with 'sample_interval: 300ms' 'sample_interval'
with 'miss_ratio: 7' 'miss_ratio'
with 'min_ways: 99' 'min_ways'
with 'streaming_factor: 1' 'streaming_factor'
with 'tenants: []' 'tenants'
printf 'runtime_directory: %s\nmode: enforce\ntenants: [{name: l*, contract: 64}]\n' "$work/run" >"$config"
bad 'want at most'
printf 'runtime_directory: %s\ntenants: [{name: l*, contract: many}, {name: m*, contracts: 3}]\n' "$work/run" >"$config"
bad 'contracts'
with 'counting: {window: 2s}' 'window'
with 'hooks: {most_ways: 65, group: 7}' 'most_ways'
with 'nri: {enabled: true, prepared: nobody}' 'nobody'
with 'fallback: {failures: 0}' 'failures'
with "$(printf 'a: [\n b')" "$config"
for ((line = 0; line < 50000; ++line)); do echo "unknown_$line: 1"; done >"$config"
bad ' more'
((refusals >= 20)) || fail "only $refusals bad configurations"

# Good ones. One is taken as a whole, between two periods.
taken() { grep -qF "reload $1: $config is in force" "$work/err"; }
good() {
  kill -HUP "$daemon"
  refusals=$((refusals + 1))
  eventually taken "$refusals"
  eventually later_than $(($(period) + 3))
}
sed 's/contract: 3}/contract: 2}/; s/^policy: .*/policy: fair/' "$work/good" >"$config"
good
grep -F "reload $refusals:" "$work/err" | grep -qF 'policy, tenants' || fail "the log does not name what changed: $(tail -1 "$work/err")"
ask | grep -qF '"policy":"fair"' || fail "the policy is the old one: $(ask)"
(($(ask | grep -oF '"contract":{"kind":"ways","ways":2}' | wc -l) > 1)) || fail "contracts are the old ones: $(ask)"
ask | grep -qF '"contract":{"kind":"ways","ways":3}' && fail "contracts are the old ones: $(ask)"

# The mode of the file, when it changes there.
sed -i 's/^mode: .*/mode: observe/' "$config"
good
observes() { ask | grep -qF '"mode":"observe"'; }
eventually observes
[[ -z $(find /sys/fs/resctrl -maxdepth 1 -name 'dcat.*') ]] || fail "groups are left in mode observe"
cp "$work/good" "$config"
good
enforces() { [[ -n $(find /sys/fs/resctrl -maxdepth 1 -name 'dcat.*') ]]; }
eventually enforces

# What needs a restart is named and stays; the rest is taken.
sed "s,^runtime_directory: .*,runtime_directory: $work/other," "$work/good" >"$config"
printf 'root: keep\ncontainers: [nobody]\nhooks: {group: adm, most_ways: 5}\ninterval: 2s\n' >>"$config"
good
grep -F "reload $refusals:" "$work/err" | grep -qF 'interval, hooks; needs a restart, and stays as it was until then: root, runtime_directory, hooks.group, containers' ||
  fail "what needs a restart is not named: $(tail -1 "$work/err")"
[[ ! -e $work/other ]] || fail "the runtime directory moved"

kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
daemon=
headers=$(grep -c '"dcat_version"' "$work/trace")
((headers >= 5)) || fail "the trace has $headers headers, want one for each change of settings and mode"
"$dcat" replay "$work/trace" >"$work/replayed" 2>&1 || fail "the trace does not replay: $(tail -3 "$work/replayed")"
echo "$refusals reloads: the bad ones changed nothing, the good ones were taken; $(tail -1 "$work/replayed") ($headers headers)"
