#!/usr/bin/env bash
# podman with runc and our OCI hooks: containers that start all at once, with annotations.
#
#   1. 20 containers started in parallel: two periods after its first instruction each has its state and the contract of
#      its annotation; all threads are in the groups decided
#   2. all removed in parallel: none is in a decision a period after its end, nor in the status
#   3. the daemon gone, hung (SIGSTOP): a container starts and ends all the same, and is found afterwards
#
# No registry: the root file system is busybox. Usage: podman.sh DCAT. Exit code: 0 passed, 1 failed, 77 skipped.
set -uo pipefail
# shellcheck source=tests/system_hooks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tests/system_hooks/podman_lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/podman_lib.sh"
own_mounts "$0" "$@"
dcat=$(realpath "$1")
readonly dcat containers=20
need_podman
need_emulator "$dcat"
need_hooks "$dcat"
make_work podman

make_podman
start_node --ways 32 --closids 32
start_daemon "$work/record"

# ---- 1. Twenty at once ----------------------------------------------------------------------------------------------
# One way, two ways, none, one way and a priority, in turn: 20 ways of 32, and five in the shared region.
contracts=(1 2 none 1)
for ((i = 0; i < containers; i++)); do
  asked=("dcat.dev/contract-ways=${contracts[i % 4]}")
  if ((i % 4 == 3)); then asked+=(dcat.dev/priority=5); fi
  run_one "c$i" "${asked[@]}" &
  running[i]=$!
done
wait "${running[@]}"
[[ ! -s $work/refused ]] || fail "containers did not start: $(cat "$work/refused")"
for ((i = 0; i < containers; i++)); do
  contract=${contracts[i % 4]} more=',"priority":0'
  if [[ $contract == none ]]; then contract='"none"'; fi
  if ((i % 4 == 3)); then more=',"priority":5'; fi
  expected "c$i" "$contract" "$more"
done >"$work/expected"
until_seen 10 "$work/expected"
sleep 2.5 # two periods and a bit: a decision has come after them
look arrived "$work/record" "$work/expected" 2 || fail 'not everyone had its state within two periods'
check_tasks "$work/record" "$work/expected"

# ---- 2. and gone ----------------------------------------------------------------------------------------------------
for ((i = 0; i < containers; i++)); do
  {
    own_podman rm --force --time 0 "c$i" >/dev/null 2>"$work/c$i.err" || cat "$work/c$i.err" >>"$work/refused"
    read -r up _ </proc/uptime
    read -r id _ <"$work/c$i.id"
    echo "{\"id\":\"$id\",\"end\":$up}" >"$work/c$i.end"
  } &
  running[i]=$!
done
wait "${running[@]}"
[[ ! -s $work/refused ]] || fail "containers did not end: $(cat "$work/refused")"
cat "$work"/c*.end >"$work/ended"
sleep 2.5
status "$work/status.json"
look absent "$work/status.json" "$work/ended" || fail 'somebody who is gone is still known'
look left "$work/record" "$work/ended" 1 || fail 'somebody was not gone within one period'
echo "$containers containers gone within one period"

# ---- 3. Without a daemon that answers -------------------------------------------------------------------------------
kill -STOP "$daemon"
run_one hung dcat.dev/contract-ways=3 || fail "beside a daemon that hangs: $(cat "$work/refused")"
own_podman run --rm --net=host "${limits[@]}" --rootfs "$work/rootfs" /bin/true >"$work/rm.log" 2>&1 ||
  fail "a container beside a daemon that hangs: $(cat "$work/rm.log")"
kill -CONT "$daemon"
expected hung '' >"$work/expected"
until_seen 10 "$work/expected"
kill_daemon
run_one without dcat.dev/contract-ways=3 || fail "without a daemon: $(cat "$work/refused")"
start_daemon "$work/record2"
expected without '' >>"$work/expected"
until_seen 10 "$work/expected"
own_podman rm --force --time 0 --all >"$work/rm.log" 2>&1 || fail "removing the rest: $(cat "$work/rm.log")"
echo 'containers start beside a daemon that hangs and without one, and are found afterwards'
