#!/usr/bin/env bash
# The package in a virtual machine of its own, under QEMU's emulated CPU (TCG): Debian's kernel, systemd as process 1, the
# service as it is installed. Neither hardware nor /dev/kvm is asked for. guest_inside.sh is what runs there; it prints on the
# second serial line, whose last words are the verdict. guest.sh BUILD SOURCES TREE
set -uo pipefail
# shellcheck source=tests/packaging/common.sh
source "$(dirname "$0")/common.sh"
need_tree
for tool in qemu-system-x86_64:qemu-system-x86 mke2fs:e2fsprogs; do
  command -v "${tool%:*}" >/dev/null || skip "${tool%:*} is not installed (${tool#*:})"
done
[[ $(dpkg --print-architecture) == amd64 ]] || skip 'the guest is an amd64 machine'
copy_tree
extra=$(mktemp -d "$tree.guest.XXXXXX")
trap 'rm -rf --one-file-system "$work" "$extra"' EXIT

# Debian's kernel for clouds; unpacked, not installed. NVMe and ext4 are built in: there is no initial file system.
kernel_package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
[[ -n $kernel_package ]] || skip 'apt knows no linux-image-cloud-amd64'
(cd "$extra" && apt-get download "$kernel_package" >log 2>&1) || skip "the kernel cannot be fetched: $(tail -1 "$extra/log")"
dpkg-deb -x "$extra"/linux-image-*.deb "$extra/kernel" || die 'the kernel cannot be unpacked'
rm -f "$extra"/linux-image-*.deb

# The disk: the tree, the package and what looks at it.
cp "$(package "$version-1")" "$sources/tests/packaging/guest_inside.sh" "$work/root/"
cat >"$work/etc/systemd/system/package-test.service" <<'UNIT'
[Unit]
After=basic.target dbus.service
[Service]
Type=oneshot
ExecStart=/bin/bash /root/guest_inside.sh
StandardOutput=file:/dev/ttyS1
StandardError=inherit
ExecStopPost=/bin/systemctl --no-block poweroff
[Install]
WantedBy=multi-user.target
UNIT
mkdir -p "$work/etc/systemd/system/multi-user.target.wants"
ln -s ../package-test.service "$work/etc/systemd/system/multi-user.target.wants/"
: >"$work/etc/fstab"
# An emulated CPU needs longer than systemd has patience with.
mkdir -p "$work/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultTimeoutStartSec=300\nDefaultDeviceTimeoutSec=300\n' >"$work/etc/systemd/system.conf.d/slow.conf"
mke2fs -q -t ext4 -d "$work" "$extra/disk" 1500M || die 'mke2fs'

timeout 600 nice qemu-system-x86_64 -accel tcg,thread=multi -machine q35 -cpu max -smp 2 -m 1536 -no-reboot -nodefaults -display none \
  -kernel "$extra/kernel/boot/"vmlinuz-* \
  -append 'console=ttyS0 root=/dev/nvme0n1 rw quiet systemd.mask=getty.target systemd.mask=serial-getty@ttyS0.service' \
  -drive "if=none,id=disk,format=raw,file=$extra/disk,cache=unsafe" -device nvme,drive=disk,serial=disk \
  -serial "file:$extra/console" -serial "file:$extra/result" </dev/null >"$extra/qemu" 2>&1
code=$?
[[ -s $extra/result ]] || die "nothing ran (exit code $code): $(cat "$extra/qemu"; tail -c 3000 "$extra/console")"
tr -d '\r' <"$extra/result"
if tr -d '\r' <"$extra/result" | tail -1 | grep -q '^skipped: '; then exit 77; fi
tr -d '\r' <"$extra/result" | tail -1 | grep -qx 'guest: all right' || die "not all right (exit code $code)"
