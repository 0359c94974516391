#!/usr/bin/env bash
# Names that are made to do harm, from hooks and as real cgroups, on the emulated node: `..`, newlines, quotes, 255 bytes, 4
# KiB. None becomes a path: groups stay directories of resctrl itself, nothing is made or written outside, the status is one
# line of JSON that tells them all apart.
# hostile_names.sh DCAT
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1
if [[ ${2:-} != inside ]]; then
  need_emulator "$dcat"
  command -v python3 >/dev/null || skip 'there is no python3 to write what a hook would not'
  exec "$dcat" emulate -- bash "${BASH_SOURCE[0]}" "$dcat" inside
fi

cgroups=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
[[ -n $cgroups ]] || skip 'there is no cgroup2 here'
work=$(mktemp -d)
slice=dcat-test-$$.slice
daemon='' sleepers=()
clean() {
  for pid in $daemon "${sleepers[@]}"; do kill -9 "$pid" 2>/dev/null; done
  wait 2>/dev/null
  find "$cgroups/$slice" -depth -type d -exec rmdir {} \; 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
mkdir -p "$cgroups/$slice" 2>"$work/made" || skip "cannot make a cgroup: $(cat "$work/made")"
cat >"$work/config" <<CONFIG
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
runtime_directory: $work/run
tenants: [{name: '**', contract: 1}]
containers: ['$slice/**']
CONFIG

# Cgroups with names of their own, a process in each. A name has 255 bytes at most and no newline, says the kernel; a path
# may have thousands.
names=('..hidden' '...' '..%2f..%2fetc' $'tab\tbell\a' 'quote"back\slash' '-rf' 'dcat.prepared:x' '$(touch pwned)' '; touch pwned'
  $'\xff\xfe' $'\xe2\x82' "$(printf 'x%.0s' {1..255})" "$(printf '%%%.0s' {1..255})")
for name in "${names[@]}"; do
  mkdir "$cgroups/$slice/$name" || fail "the cgroup $name could not be made"
  sleep 600 &
  sleepers+=($!)
  echo $! >"$cgroups/$slice/$name/cgroup.procs" || fail "no process in $name"
done
# Near the most that a path may have, 4096 bytes.
deep=$cgroups/$slice
while ((${#deep} < 3600)); do deep+=/$(printf 'd%.0s' {1..230}); done
mkdir -p "$deep" 2>"$work/deep" || deep=''
if [[ -n $deep ]]; then
  sleep 600 &
  sleepers+=($!)
  echo $! >"$deep/cgroup.procs" || fail 'no process in the deep cgroup'
fi

"$dcat" run --mode enforce --counters cgroup --config "$work/config" >"$work/out" 2>"$work/err" &
daemon=$!
status() {
  if ! kill -0 "$daemon" 2>/dev/null; then
    wait "$daemon"
    if (($? == 3)); then skip "$(tail -1 "$work/err")"; fi
    fail "the daemon ended: $(tail -5 "$work/err")"
  fi
  "$dcat" status --json --socket "$work/run/dcat.sock" >"$work/status" 2>/dev/null
}
eventually() {
  for ((tries = 0; tries < 200; ++tries)); do
    if "$@"; then return; fi
    sleep 0.05
  done
  fail "not within 10 s: $*: $(tail -3 "$work/err")"
}
eventually status

# What a hook of ours would never write: straight to the socket, as root.
python3 - "$work/run/dcat.sock" "$work/status" "${#names[@]}" "$cgroups" "$slice" <<'PYTHON' || fail 'see above'
import json, os, socket, sys, time
path, status_file, cgroups, root, slice = sys.argv[1], sys.argv[2], int(sys.argv[3]), os.fsencode(sys.argv[4]), sys.argv[5]

def ask(what):
    door = socket.socket(socket.AF_UNIX)
    door.settimeout(10)
    door.connect(path)
    door.sendall(json.dumps({'dcat': 1, **what}).encode() + b'\n')
    answer = b''
    while not answer.endswith(b'\n'):
        part = door.recv(65536)
        if not part:
            break
        answer += part
    return json.loads(answer)

def announce(**what):
    return ask({'announce': {'event': 'came', **what}})

def on_the_wire(name):
    text = ''
    for part in name.replace(b'%', b'%25').decode('utf-8', 'surrogateescape'):
        text += '%%%02X' % (ord(part) - 0xdc00) if 0xdc80 <= ord(part) <= 0xdcff else part
    return text

# Those that are there: each has its contract at once, and a group.
for i, name in enumerate(os.listdir(root + b'/' + os.fsencode(slice))):
    if os.path.isdir(root + b'/' + os.fsencode(slice) + b'/' + name) and not name.startswith(b'd' * 200):
        answer = announce(id='real%d' % i, cgroup=slice + '/' + on_the_wire(name), contract=1)
        assert 'ok' in answer, (name, answer)

refused = accepted = 0
for cgroup in ['../../etc', '/etc', 'a/../../b', '.', '..', 'a/./b', 'a//b/..', '']:
    answer = announce(id='x', cgroup=cgroup)
    assert 'error' in answer or cgroup == '', (cgroup, answer)
    refused += 'error' in answer
for name in ['../../../tmp/pwned', 'new\nline', '"', '\\', '%2E%2E', '\x00', 'x' * 4096, '../' * 1365, '\u202e', '$(touch /tmp/pwned)']:
    for key in ['id', 'name', 'namespace', 'pod', 'pod_uid', 'foreign']:
        answer = announce(**{'id': 'y', key: name})
        assert 'ok' in answer or answer['error']['code'] == 'bad_input', (key, name[:20], answer)
        accepted += 'ok' in answer
    answer = announce(id='z', cgroup='nowhere/' + name, contract=3, annotations={name: name})
    assert 'ok' in answer or answer['error']['code'] == 'bad_input', (name[:20], answer)
assert refused >= 7 and accepted >= 20, (refused, accepted)
time.sleep(2.5)
status = ask({'status': {}})['ok']
ids = [c['id'] for c in status['containers']]
assert len(ids) == len(set(ids)) and len(ids) >= cgroups, ids
groups = [c['group'] for c in status['containers'] if c['group']]
assert len(groups) >= 8, groups
for group in groups:
    assert group.startswith('dcat.') and len(group) <= 200 and '/' not in group, group
    assert all(c.isalnum() or c in '-_.~@:%' for c in group), group
PYTHON
"$dcat" status --json --socket "$work/run/dcat.sock" | wc -l | grep -qx 1 || fail 'the status is not one line'

# Groups are resctrl's own directories, one level deep; nothing was made elsewhere.
find /sys/fs/resctrl -mindepth 1 -maxdepth 1 -type d ! -name 'dcat.*' ! -name info ! -name mon_data ! -name mon_groups >"$work/strange"
[[ ! -s $work/strange ]] || fail "strange groups: $(cat "$work/strange")"
[[ -z $(find "$work/run" ! -type d -newer "$work/config" ! -name dcat.sock ! -name lock ! -name '*.json' ! -name '*.jsonl') ]] || fail "strange files in $work/run"
[[ ! -e /tmp/pwned && ! -e pwned && ! -e $work/pwned ]] || fail 'a name was run'
# A line of the log is one, whatever is named in it.
grep -q $'\a\|\xff' "$work/err" "$work/out" && fail 'the log has raw bytes of names'
grep -qE '^line' "$work/err" "$work/out" && fail 'a newline in a name begins a line of the log'
groups=$(find /sys/fs/resctrl -maxdepth 1 -name 'dcat.*' | wc -l)
kill -TERM "$daemon"
wait "$daemon" || fail "the daemon ended with $?: $(tail -3 "$work/err")"
daemon=
[[ -z $(find /sys/fs/resctrl -maxdepth 1 -name 'dcat.*') ]] || fail 'a group is left'
echo "${#names[@]} cgroups with names of malice${deep:+, one of ${#deep} bytes,} in $groups groups; 78 announcements made nothing else"
