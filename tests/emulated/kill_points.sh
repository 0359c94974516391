#!/usr/bin/env bash
# kill -9 at every single write of a run, on the emulated resctrl and in the runtime directory: after `dcat reset` the tree
# is as it was before the first start; after a restart it is the one that the decisions ask for.
# kill_points.sh DCAT CHECK_TRACE SCENARIO TICKS KERNEL [STRIDE [FIRST]]: of every STRIDE-th write.
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 check=$2 scenario=$3 ticks=$4 kernel=$5 stride=${6:-1} first=${7:-1}
tree=$(dirname "${BASH_SOURCE[0]}")/tree.sh
readonly tree
need_emulator "$dcat"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run="$dcat run --mode enforce --counters sim --backend resctrl"
writes=$("$dcat" emulate --kernel "$kernel" --scenario "$scenario" --count-writes -- $run --ticks "$ticks" 2>&1 >/dev/null |
  sed -n 's/.*write calls: //p')
[[ $writes =~ ^[0-9]+$ ]] || fail "the writes of a run could not be counted"

# What happens on the node that is killed at write $1; $2 is what comes after.
cat >"$work/node" <<NODE
exec 2>$work/stderr
$tree >$work/before
$run --ticks $ticks >/dev/null 2>$work/log
echo \$? >$work/code
if [[ \$1 == reset ]]; then
  $dcat reset >$work/reset 2>&1 || echo "reset: \$(cat $work/reset)"
else
  $run --ticks 4 --record $work/trace >/dev/null 2>$work/log2 || echo "restart: \$(cat $work/log2)"
  $check $work/trace >/dev/null || echo "see the trace"
fi
$tree >$work/after
diff $work/before $work/after
ls /run/dcat | grep -v -e lock -e emulator.sock
NODE

points=0
for ((n = first; n <= writes; n += stride)); do
  for after in reset restart; do
    said=$(timeout 60 "$dcat" emulate --kernel "$kernel" --scenario "$scenario" --fail "kill:$n" -- bash "$work/node" "$after" 2>&1)
    [[ $(cat "$work/code") == 137 ]] || fail "write $n: not killed there: exit code $(cat "$work/code"): $(cat "$work/log")"
    [[ -z $said ]] || fail "killed at write $n of $writes, then $after: $said"
  done
  points=$((points + 1))
done
echo "$points of $writes writes (kernel $kernel, $(basename "$scenario" .yaml)): killed at each, then reset, then again and restarted"
