#!/usr/bin/env bash
# The package in a Debian tree without systemd at work, as in a container or an image that is being made: it installs with its
# service disabled, runs, upgrades with the configuration kept, and purged leaves the tree as it was.
# installed.sh BUILD SOURCES TREE
set -uo pipefail
# shellcheck source=tests/packaging/common.sh
source "$(dirname "$0")/common.sh"
need_tree
own_mounts "$0" "$@"
copy_tree
inside() { chroot "$work" "$@"; }
trap 'umount -lR "$work/proc" "$work/sys"; rm -rf --one-file-system "$work"' EXIT
mount -t proc proc "$work/proc"
mount --rbind /sys "$work/sys"
printf '#!/bin/sh\nexit 101\n' >"$work/usr/sbin/policy-rc.d"
chmod 755 "$work/usr/sbin/policy-rc.d"
cp "$(package "$version-1")" "$(package "$version-2")" "$work/root/"
deb() { echo "/root/dcat_$version-$1_$(dpkg --print-architecture).deb"; }

# Every file with its type, mode, owner and contents. dpkg's own books, logs, and caches of ld.so are not the package's, nor the
# backups of a group's file, which are what it was a step earlier.
readonly books=(-path ./proc -o -path ./sys -o -path ./root -o -path ./var/lib/dpkg -o -path ./var/log
  -o -path ./var/cache/ldconfig -o -name group- -o -name gshadow-)
snapshot() {
  (
    cd "$work" || exit
    find . -xdev \( "${books[@]}" \) -prune -o -printf '%p %M %u %g %l\n'
    find . -xdev \( "${books[@]}" \) -prune -o -type f -print0 | xargs -0 sha256sum
  ) | sort
}
snapshot >"$work/root/before"

inside dpkg -i "$(deb 1)" >"$work/root/log" 2>&1 || die "install: $(cat "$work/root/log")"
if find "$work/etc/systemd/system" -name '*dcat*' -o -name '*resctrl*' | grep .; then fails 'a unit is enabled'; fi
[[ $(inside systemctl is-enabled dcat.service) == disabled ]] || fails 'dcat.service is not disabled'
[[ $(inside systemctl is-enabled sys-fs-resctrl.mount) == disabled ]] || fails 'sys-fs-resctrl.mount is not disabled'
inside getent group dcat >/dev/null || fails 'there is no group dcat'
[[ $(stat -c '%a %U:%G' "$work/etc/dcat/dcat.yaml") == '644 root:root' ]] || fails 'the configuration has another mode'

[[ $(inside dcat --version) == "dcat $version" ]] || fails 'dcat --version'
inside dcat check-config /etc/dcat/dcat.yaml >/dev/null || fails 'the configuration is wrong'
inside dcat doctor >"$work/root/doctor" 2>&1
code=$?
((code == 0 || code == 3)) || fails "dcat doctor: exit code $code"
grep -q '^This node can' "$work/root/doctor" || fails "dcat doctor: $(cat "$work/root/doctor")"
inside dcat run --scenario /usr/share/dcat/scenarios/paper-6x3.yaml --ticks 5 | grep -q 'Summary (simulated): 5 periods' ||
  fails 'no simulated run'
echo '{}' | inside dcat-hook oci 2>/dev/null || fails 'dcat-hook ends with an error'
inside bash -c 'source /usr/share/bash-completion/completions/dcat && complete -p dcat' >/dev/null || fails 'no completion'
for example in "$work"/usr/share/dcat/examples/*.yaml; do
  inside dcat check-config "/usr/share/dcat/examples/$(basename "$example")" >/dev/null || fails "$example"
done

# Hooks that were installed as the manual tells go with the program; others stay.
mkdir -p "$work/etc/containers/oci/hooks.d" "$work/etc/libvirt/hooks/qemu.d"
cp "$work/usr/share/dcat/hooks/oci-hooks.d/50-dcat.json" "$work/etc/containers/oci/hooks.d/"
ln -s /usr/share/dcat/hooks/50-dcat "$work/etc/libvirt/hooks/qemu.d/50-dcat"
sed 's/"always": true/"annotations": {"^dcat": ".*"}/' "$work/usr/share/dcat/hooks/oci-hooks.d/50-dcat.json" \
  >"$work/etc/containers/oci/hooks.d/60-own.json"

echo 'mode: advise' >"$work/etc/dcat/dcat.yaml"
inside dpkg -i "$(deb 2)" >"$work/root/log" 2>&1 || die "upgrade: $(cat "$work/root/log")"
[[ $(cat "$work/etc/dcat/dcat.yaml") == 'mode: advise' ]] || fails 'the upgrade has changed the configuration'
[[ $(inside systemctl is-enabled dcat.service) == disabled ]] || fails 'the upgrade has enabled the service'
[[ -f $work/etc/containers/oci/hooks.d/50-dcat.json ]] || fails 'the upgrade has taken a hook away'

# What a daemon leaves behind: removed with the program, and with what was learned at purge.
inside systemctl enable dcat.service >/dev/null 2>&1
mkdir -p "$work/run/dcat" "$work/var/lib/dcat"
touch "$work/run/dcat/lock" "$work/var/lib/dcat/state"
inside dpkg -r dcat >"$work/root/log" 2>&1 || die "remove: $(cat "$work/root/log")"
grep -q '60-own.json calls dcat' "$work/root/log" || fails "nothing is told of a hook that stays: $(cat "$work/root/log")"
[[ ! -e $work/etc/containers/oci/hooks.d/50-dcat.json && ! -L $work/etc/libvirt/hooks/qemu.d/50-dcat ]] ||
  fails 'a hook stays without its program'
[[ -f $work/etc/containers/oci/hooks.d/60-own.json ]] || fails "somebody's own hook is gone"
[[ ! -e $work/run/dcat ]] || fails '/run/dcat is still there'
[[ -f $work/var/lib/dcat/state && -f $work/etc/dcat/dcat.yaml ]] || fails 'state and configuration go only at purge'
# Installed again, what was enabled is enabled.
inside dpkg -i "$(deb 2)" >"$work/root/log" 2>&1 || die "install again: $(cat "$work/root/log")"
[[ $(inside systemctl is-enabled dcat.service) == enabled ]] || fails 'the service is not enabled any more'

inside dpkg -P dcat >"$work/root/log" 2>&1 || die "purge: $(cat "$work/root/log")"
rm -r "$work/etc/containers" "$work/etc/libvirt"
snapshot >"$work/root/after"
diff "$work/root/before" "$work/root/after" || fails 'purge leaves the tree other than it was'
finish 'installed, upgraded, purged'
