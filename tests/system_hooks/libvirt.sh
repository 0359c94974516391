#!/usr/bin/env bash
# Real VMs and the hook: libvirtd 9 with QEMU under TCG, configs/hooks/50-dcat, and the daemon on an emulated node.
#
# All of it runs inside `dcat emulate`: libvirtd has its own /etc/libvirt, /var/lib/libvirt and /run there, so that what
# this machine has of them is neither used nor changed, the hook is where it belongs
# (/etc/libvirt/hooks/qemu.d/50-dcat), and whatever is left at the end is killed with the node. Only the VMs' cgroups
# are this machine's.
#
# Usage: libvirt.sh DCAT SOURCES [check [STEP...] | starts N]   What is done is in libvirt_domains.py.
# Exit code: 0 passed, 1 failed, 77 skipped, with its reason.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=tests/emulated/common.sh
source "$here/../emulated/common.sh"

# The part inside the node: a place for libvirtd, then the work. inside WORK DCAT SOURCES ARGUMENTS...
inside() {
  local work=$1 dcat=$2 sources=$3 place
  shift 3
  mkdir -p /run/libvirt /run/dcat
  for place in "${places[@]}" /run/libvirt; do mount -t tmpfs none "$place"; done
  # libvirt's driver wants its user by name, whoever the VMs run as.
  if ! getent passwd libvirt-qemu >/dev/null; then
    { cat /etc/passwd; echo 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin'; } >"$work/passwd"
    mount --bind "$work/passwd" /etc/passwd
  fi
  if ! getent group libvirt-qemu >/dev/null; then
    { cat /etc/group; echo 'libvirt-qemu:x:64055:'; } >"$work/group"
    mount --bind "$work/group" /etc/group
  fi
  PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/libvirt_domains.py" "$work" "$dcat" "$sources" "$@"
}

readonly places=(/etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt)
if [[ ${1:-} == --inside ]]; then
  shift
  inside "$@"
fi

dcat=$(realpath "$1")
sources=$(realpath "$2")
shift 2
if (($# == 0)); then set -- check; fi

# ---- what the machine must have -------------------------------------------------------------------------------------
need_emulator "$dcat"
for program in libvirtd qemu-system-x86_64; do
  command -v $program >/dev/null ||
    skip "$program is not installed (apt-get install libvirt-daemon libvirt-daemon-driver-qemu qemu-system-x86)"
done
/usr/bin/python3 -c 'import libvirt' 2>/dev/null || skip 'python3-libvirt is not installed'
unified=$(awk '$(NF-2) == "cgroup2" && !found { print $5; found = 1 }' /proc/self/mountinfo)
[[ -n $unified ]] || skip 'no cgroup2 file system is mounted'

# ---- what is outside of the node ------------------------------------------------------------------------------------
work=$(mktemp -d /tmp/dcat-libvirt-XXXXXX)
made=()
had_machine=$(find /sys/fs/cgroup -maxdepth 2 -type d -name machine)
# shellcheck disable=SC2317  # the trap calls it
# libvirt takes its VMs' cgroups away, but /machine stays, and so do those of a VM that was killed with the node.
clean_up() {
  local machine
  while read -r machine; do
    find "$machine" -depth -mindepth 1 -type d -name "*$(basename "$work")*" -o -path "*$(basename "$work")*" -type d |
      sort -r | xargs -r rmdir 2>/dev/null || true
    if ! grep -qxF "$machine" <<<"$had_machine"; then rmdir "$machine" 2>/dev/null || true; fi
  done < <(find /sys/fs/cgroup -maxdepth 2 -type d -name machine)
  if ((${#made[@]} > 0)); then rmdir "${made[@]}" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap clean_up EXIT
for place in "${places[@]}"; do
  if [[ ! -d $place ]]; then
    mkdir -p "$place"
    made+=("$place")
  fi
done

# In the background, so that a signal does not wait for it.
trap 'kill "$node" 2>/dev/null; wait "$node"; exit 130' INT TERM
code=0
"$dcat" emulate -- bash "$0" --inside "$work" "$dcat" "$sources" "$@" &
node=$!
wait "$node" || code=$?
if ((code != 0)) && [[ -n ${DCAT_KEEP_LOGS:-} ]]; then cp -r "$work" "$DCAT_KEEP_LOGS"; fi
exit "$code"
