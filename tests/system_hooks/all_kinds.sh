#!/usr/bin/env bash
# A VM, a podman container and a Kubernetes pod on one emulated node, each told of in its own way: libvirt's hook, OCI
# hooks, NRI.
#
#   1. each has its contract, and all of its threads are in the group that the decision says, in the tasks files
#   2. processes that join the container and the VM's new threads get there too
#   3. the daemon killed (kill -9) and started again: at no time was a thread in the default group, contracts are what
#      they were, groups are as decided
#   4. all of them gone: no group of ours is left
#
# The VM is QEMU (TCG, its BIOS runs) in the cgroups that libvirt makes for it, announced by `dcat hook libvirt` as
# libvirt calls it; libvirt itself is libvirt.sh's. Usage: all_kinds.sh DCAT CACHE. Exit code: 0 passed, 1 failed, 77
# skipped.
set -uo pipefail
# shellcheck source=tests/system_hooks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tests/system_hooks/containerd_lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/containerd_lib.sh"
# shellcheck source=tests/system_hooks/podman_lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/podman_lib.sh"
own_mounts "$0" "$@"
dcat=$(realpath "$1")
readonly dcat cache=$2
need_programs qemu-system-x86 qemu-system-x86_64
need_podman
need_emulator "$dcat"
need_hooks "$dcat"
if [[ -d /run/systemd/system ]]; then skip 'with systemd a VM needs a scope of machined; libvirt.sh has real ones'; fi
need_containerd 1.7 "$cache"
make_work hooks
make_podman
make_containerd
start_containerd
import_image

# ---- The VM ---------------------------------------------------------------------------------------------------------
readonly vm_name=dcat-test-$$
readonly vm_cgroup=machine/qemu-7-$vm_name.libvirt-qemu
vm= # QEMU's pid

vm_hook() {
  "$dcat" hook --socket "$door" libvirt "$vm_name" "$@" <"$work/vm.xml" >"$work/hook.out" 2>"$work/hook.err" ||
    fail "the hook's exit code is $? at $1"
  [[ ! -s $work/hook.out ]] || fail "the hook wrote to stdout at $1, which libvirt takes for a domain"
}

# libvirt's layout: the machine, and below it threaded cgroups for the emulator and for each vCPU.
start_vm() {
  local root tree part task
  root=$(cgroup2_root)
  tree=$root/$vm_cgroup
  mkdir -p "$tree" || skip "no cgroup can be made below $root"
  ends+=(end_vm)
  # shellcheck disable=SC2016
  bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' vm "$tree" qemu-system-x86_64 -accel tcg,thread=multi \
    -name "$vm_name,debug-threads=on" -smp 2 -m 64 -nodefaults -display none -object iothread,id=io1 \
    >"$work/qemu.log" 2>&1 &
  vm=$!
  started+=("$vm")
  await 20 vcpu_threads 2 || skip "QEMU does not run here: $(tail -n 1 "$work/qemu.log")"
  for part in emulator vcpu0 vcpu1; do
    mkdir "$tree/$part"
    echo threaded >"$tree/$part/cgroup.type" || skip 'this kernel has no threaded cgroups'
  done
  for task in "/proc/$vm/task"/*; do
    part=$(sed -n 's,^CPU \([0-9]*\)/TCG$,vcpu\1,p' "$task/comm")
    echo "${task##*/}" >"$tree/${part:-emulator}/cgroup.threads"
  done
  cat >"$work/vm.xml" <<END
<domain type='qemu' id='7'>
  <name>$vm_name</name>
  <uuid>6d6c1f0e-9d60-4a5c-8b0f-$(printf '%012x' $$)</uuid>
  <metadata>
    <dcat:cache xmlns:dcat='https://dcat.dev/domain/1.0'><dcat:contract>4</dcat:contract></dcat:cache>
  </metadata>
  <vcpu>2</vcpu>
  <resource><partition>/machine</partition></resource>
</domain>
END
  vm_hook start begin -
}
vcpu_threads() { (($(cat "/proc/$vm/task"/*/comm | grep -c '^CPU ') >= $1)); }

end_vm() {
  local pid
  # QEMU, and whoever joined it.
  for pid in $(<"$(cgroup2_root)/$vm_cgroup/cgroup.procs"); do
    kill -KILL "$pid"
    await 5 gone "$pid"
  done
  await 3 remove_cgroups "$vm_cgroup"
  # Not a parent that was there before: rmdir leaves one that somebody is in.
  if ((! had_machine)); then rmdir "$(cgroup2_root)/machine"; fi
}
had_machine=0
if [[ -d $(cgroup2_root)/machine ]]; then had_machine=1; fi

# ---- 1. All three ---------------------------------------------------------------------------------------------------
start_node --ways 20
start_daemon "$work/record" --nri "$nri"
start_vm
run_one container dcat.dev/contract-ways=2 || fail "podman: $(cat "$work/refused")"
run_pods "$work/pod" pod 1 1 60 --pod dcat.dev/contract-ways=3
{
  echo "{\"id\":\"$vm_cgroup\",\"name\":\"$vm_name\",\"runtime\":\"libvirt\",\"contract\":4,\"pid\":$vm}"
  expected container 2
  expecting "$work/pod" 3
} >"$work/expected"
until_seen 10 "$work/expected"
check_tasks "$work/record" "$work/expected"

# ---- 2. Threads that come later -------------------------------------------------------------------------------------
own_podman exec --detach container /bin/sleep 600 >"$work/exec.log" 2>&1 || fail 'podman exec failed'
# As a program that is started beside the VM's threads.
# shellcheck disable=SC2016
bash -c 'echo $$ >"$1/cgroup.procs" && echo $$ >"$1/emulator/cgroup.threads" && exec sleep 600' joins \
  "$(cgroup2_root)/$vm_cgroup" &
joins=$!
started+=("$joins")
sleep 2 # two periods
check_tasks "$work/record" "$work/expected"

# ---- 3. kill -9 -----------------------------------------------------------------------------------------------------
# Two seconds without a daemon, and then a new one.
nsenter --target "$node" --mount -- python3 "$here/common_look.py" stay "$(cgroup2_root)" "$work/expected" "$work/enough" >"$work/stay.out" 2>&1 &
watcher=$!
started+=("$watcher")
sleep 0.5
kill_daemon
sleep 2
start_daemon "$work/record2" --nri "$nri"
until_seen 10 "$work/expected"
check_tasks "$work/record2" "$work/expected"
touch "$work/enough"
wait "$watcher" || fail "a thread left its group: $(head -n 5 "$work/stay.out")"
cat "$work/stay.out"

# ---- 4. The end -----------------------------------------------------------------------------------------------------
{ kill -KILL "$vm" "$joins" && wait "$vm" "$joins"; } 2>/dev/null
await 5 gone "$vm" || fail 'QEMU does not end'
vm_hook stopped end -
vm_hook stopped end -
own_podman rm --force --time 0 container >"$work/rm.log" 2>&1 || fail "podman rm: $(cat "$work/rm.log")"
cri remove "$work/pod" >"$work/ended" 2>"$work/cri.err" || fail "removing the pod: $(tail -n 3 "$work/cri.err")"
nobody() {
  "$dcat" status --json --socket "$door" >"$work/status.json" && look absent "$work/status.json" "$work/expected" \
    >"$work/look.log" 2>&1 && [[ -z $(in_node bash -c 'cd /sys/fs/resctrl && ls -d dcat.* 2>/dev/null') ]]
}
await 10 nobody || fail "left behind: $(cat "$work/look.log") $(in_node bash -c 'ls -d /sys/fs/resctrl/dcat.*')"
echo 'all gone, and no group is left'
