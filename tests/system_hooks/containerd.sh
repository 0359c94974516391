#!/usr/bin/env bash
# containerd with NRI switched on, and pods in the kubelet's cgroups, made by a CRI client.
#
#   1. 200 pods that are there before the daemon: it synchronises, all are known with name, namespace, uid, contract
#   2. pods that come: in their state two periods after their start, contracts by pod and by container, threads in
#      the groups decided; and gone a period after their end. Most of those that look where they are find themselves in
#      their own group with their first instructions
#   3. containerd killed and started again: nobody is lost meanwhile, pods that come afterwards are seen
#   4. the daemon killed and started again: the same
#   5. a daemon that hangs for 1 s, and for longer than the runtime waits: every pod starts; after the first the
#      connection is the same one, after the second there is a new one, and everybody is known
#
# No registry: the images are busybox. Usage: containerd.sh DCAT CACHE VERSION [PODS]. Exit code: 0 passed, 1 failed, 77
# skipped.
set -uo pipefail
# shellcheck source=tests/system_hooks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tests/system_hooks/containerd_lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/containerd_lib.sh"
own_mounts "$0" "$@"
dcat=$(realpath "$1")
readonly dcat cache=$2 version=$3 pods=${4:-200}
need_emulator "$dcat"
need_hooks "$dcat"
need_containerd "$version" "$cache"
make_work containerd
make_containerd
start_node --ways 32 --closids 32
start_containerd
echo "$(<"$work/version") with $(runc --version | head -n 1)"
import_image

# links: how often our plugin has come to containerd.
links() { grep -c 'plugin .*50-dcat.* connected' "$work/containerd.log"; }

# ---- 1. Everybody at once -------------------------------------------------------------------------------------------
began=$SECONDS
run_pods "$work/tail" tail $((pods - 12)) 6 120 --pod dcat.dev/contract-ways=none
run_pods "$work/head" head 12 6 60 --pod dcat.dev/contract-ways=1
{ expecting "$work/tail" '"none"' && expecting "$work/head" 1; } >"$work/everybody"
echo "$(wc -l <"$work/everybody") pods started in $((SECONDS - began)) s, before the daemon"
start_daemon "$work/record" --nri "$nri"
until_seen 15 "$work/everybody"
echo "all of them are known"
check_tasks "$work/record" "$work/everybody"

# ---- 2. Pods that come and go ---------------------------------------------------------------------------------------
run_pods "$work/plain" plain 4 4 60 --pod dcat.dev/contract-ways=1 --pod dcat.dev/priority=3
run_pods "$work/named" named 2 2 60 --pod dcat.dev/contract-ways=1 --pod dcat.dev/contract-ways.container.main=2
run_pods "$work/watched" watched 1 1 60 --pod dcat.dev/mode=observe
{ expecting "$work/plain" 1 '"priority": 3, ' && expecting "$work/named" 2; } >"$work/new"
sed 's/^{/{"mode": "observe", /' "$work/watched" >"$work/expected"
until_seen 10 "$work/new"
until_seen 10 "$work/expected"
sleep 2.5 # two periods and a bit
look arrived "$work/record" "$work/new" 2 || fail 'not every pod had its state within two periods'
check_tasks "$work/record" "$work/new"
cat "$work/watched" >>"$work/new"
cri remove "$work/new" >"$work/ended" 2>"$work/cri.err" || fail "removing pods: $(tail -n 3 "$work/cri.err")"
sleep 2.5
status "$work/status.json"
look absent "$work/status.json" "$work/ended" || fail 'a pod that is gone is still known'
look left "$work/record" "$work/ended" 1 || fail 'a pod was not gone within one period'

# Where their first instructions run: StartContainer's answer has waited for the loop, for 100 ms at most, so that on a
# machine that is busy with all these starts some may be late. Without waiting less than half are in time.
run_pods "$work/first" first 12 4 60 --first --pod dcat.dev/contract-ways=1
all=$(wc -l <"$work/first") own=$(grep -c '"first": "dcat\.' "$work/first")
echo "$own of $all pods ran their first instructions in their own group"
((2 * own > all)) || fail 'most pods started before they were let in'
cri remove "$work/first" >"$work/first.ended" 2>"$work/cri.err" || fail "removing pods: $(tail -n 3 "$work/cri.err")"

# ---- 3. containerd starts again -------------------------------------------------------------------------------------
{ kill -KILL "$containerd" && wait "$containerd"; } 2>/dev/null
sleep 2
until_seen 5 "$work/everybody"
start_containerd
run_pods "$work/after" after 2 2 60 --pod dcat.dev/contract-ways=1
expecting "$work/after" 1 >>"$work/everybody"
until_seen 15 "$work/everybody"
echo 'containerd killed and started again: nobody is lost'

# ---- 4. The daemon starts again -------------------------------------------------------------------------------------
kill_daemon
run_pods "$work/without" without 2 2 60 --pod dcat.dev/contract-ways=1
expecting "$work/without" 1 >>"$work/everybody"
start_daemon "$work/record2" --nri "$nri"
until_seen 15 "$work/everybody"
check_tasks "$work/record2" "$work/everybody"
echo 'the daemon killed and started again: nobody is lost'

# ---- 5. The daemon hangs --------------------------------------------------------------------------------------------
# hang SECONDS NAME: pods are started while the daemon is stopped for so long.
hang() {
  kill -STOP "$daemon"
  { sleep "$1" && kill -CONT "$daemon"; } &
  run_pods "$work/$2" "$2" 4 4 60 --pod dcat.dev/contract-ways=1
  wait $!
  expecting "$work/$2" 1 >>"$work/everybody"
  until_seen 15 "$work/everybody"
}
before=$(links)
hang 1 short
[[ $(links) == "$before" ]] || fail "1 s cost a deadline: $(grep 50-dcat "$work/containerd.log" | tail -n 3)"
# Longer than the 2 s that a runtime waits for an answer.
hang 4 long
[[ $(links) -gt $before ]] || fail 'containerd did not drop a daemon that hung for 4 s: nothing was tested'
echo 'pods start beside a daemon that hangs, and all are known afterwards'
check_tasks "$work/record2" "$work/everybody"
