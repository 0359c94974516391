#!/usr/bin/env bash
# The package under a systemd that runs: in a container (systemd-nspawn) on the emulated node, so that the service enforces from
# within its own unit's confinement. booted_inside.sh is what runs there. booted.sh BUILD SOURCES TREE
set -uo pipefail
# shellcheck source=tests/packaging/common.sh
source "$(dirname "$0")/common.sh"
need_tree
command -v systemd-nspawn >/dev/null || skip 'systemd-nspawn is not installed (systemd-container)'
[[ -c /dev/fuse ]] || skip 'there is no /dev/fuse'
dcat=$build/cli/dcat
"$dcat" emulate -- true || skip 'dcat emulate cannot run here'
copy_tree
cp "$(package "$version-1")" "$(package "$version-2")" "$sources/tests/packaging/booted_inside.sh" "$work/root/"
cat >"$work/etc/systemd/system/package-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash /root/booted_inside.sh
StandardOutput=file:/root/result
StandardError=inherit
ExecStopPost=/bin/systemctl exit 0
UNIT
mkdir -p "$work/etc/systemd/system/default.target.wants"
ln -s ../package-test.service "$work/etc/systemd/system/default.target.wants/"
# The emulated /sys in place of the container's own; perf_event_open and bpf, which nspawn refuses by itself.
timeout 240 "$dcat" emulate -- systemd-nspawn --register=no --keep-unit --quiet --directory="$work" --capability=all \
  --system-call-filter='perf_event_open bpf' --bind=/sys --console=pipe --boot </dev/null >"$work/root/boot" 2>&1
code=$?
if [[ ! -f $work/root/result ]]; then
  if grep -qE 'Failed to (mount|create|allocate|move)|not permitted|Refusing' "$work/root/boot"; then
    skip "systemd-nspawn cannot boot here: $(grep -m1 -E 'Failed|not permitted|Refusing' "$work/root/boot")"
  fi
  die "nothing ran (exit code $code): $(tail -20 "$work/root/boot")"
fi
cat "$work/root/result"
if tail -1 "$work/root/result" | grep -q '^skipped: '; then exit 77; fi
tail -1 "$work/root/result" | grep -qx 'booted: all right' || exit 1
