#!/usr/bin/env bash
# How long hooks take: `dcat hook libvirt`, the script that libvirt runs, and `dcat hook oci`, TIMES times each with the
# daemon answering, hung (SIGSTOP) and gone; then real VMs, 20 starts and stops without the hook and with it (where
# libvirt is installed, see tests/system_hooks/libvirt.sh). `true` shows what starting any program costs here.
#
# The daemon runs on an emulated node (root, /dev/fuse), the hooks on this machine. Aim: a median below 5 ms with a
# daemon that answers, 200 ms and a little with one that hangs.
# Usage: bench/hook_timing.sh build/cli/dcat [TIMES [STARTS]]
set -euo pipefail
dcat=$(realpath "$1")
readonly dcat times=${2:-200} starts=${3:-20}
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
sources=$(dirname "$here")
work=$(mktemp -d /tmp/dcat-hook-timing-XXXXXX)
node=
sleeper=
clean_up() {
  if [[ -n $sleeper ]]; then kill "$sleeper" 2>/dev/null || true; fi
  if [[ -s $work/daemon ]]; then kill -KILL "$(<"$work/daemon")" 2>/dev/null || true; fi
  if [[ -n $node ]]; then kill "$node" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# ---- what the hooks are given ---------------------------------------------------------------------------------------
cat >"$work/domain.xml" <<'END'
<domain type='qemu' id='4711'>
  <name>timed</name>
  <uuid>6a0c1d2e-0000-4000-8000-00000000abcd</uuid>
  <metadata>
    <dcat:cache xmlns:dcat='https://dcat.dev/domain/1.0'><dcat:contract>2</dcat:contract></dcat:cache>
  </metadata>
  <memory unit='KiB'>32768</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices>
</domain>
END
mkdir "$work/bin"
ln -s "$dcat" "$work/bin/dcat"
sleep 3600 &
sleeper=$!
mkdir "$work/bundle"
id=$(printf '%064d' 4711)
echo "{\"ociVersion\": \"1.0.2\", \"linux\": {\"cgroupsPath\": \"/dcat-timed/$id\"}}" >"$work/bundle/config.json"
cat >"$work/state.json" <<END
{"ociVersion": "1.0.2", "id": "$id", "status": "created", "pid": $sleeper, "bundle": "$work/bundle",
 "annotations": {"io.container.manager": "libpod", "dcat.dev/contract-ways": "2"}}
END

# ---- the daemon -----------------------------------------------------------------------------------------------------
# Events that every machine has; nobody's containers are touched.
cat >"$work/dcat.yaml" <<'END'
containers: ['dcat-timed/*']
counting:
  events:
    cycles: 'perf::TASK-CLOCK'
    instructions: 'perf::CPU-CLOCK'
    memory_accesses: none
    llc_references: none
    llc_misses: none
END
readonly socket=$work/dcat.sock
# shellcheck disable=SC2016  # the inner shell expands
"$dcat" emulate -- bash -c 'echo $$ >"$1"; shift; exec "$@"' daemon "$work/daemon" "$dcat" run --mode enforce \
  --backend resctrl --config "$work/dcat.yaml" --socket "$socket" >"$work/out" 2>"$work/log" &
node=$!
answers() { "$dcat" status --json --socket "$socket" >/dev/null 2>&1; }
for ((i = 0; i < 200; i++)); do
  if answers; then break; fi
  sleep 0.1
done
answers || {
  cat "$work/log" >&2
  exit 1
}

# ---- the hooks ------------------------------------------------------------------------------------------------------
time_it() { python3 "$here/hook_timing.py" "$times" "$@"; }
hooks_with() { # STATE
  local operation
  for operation in start prepare; do
    time_it "$work/domain.xml" "$1: dcat hook libvirt, $operation" \
      "$dcat" hook --socket "$socket" libvirt timed "$operation" begin -
    # As libvirt runs it.
    time_it "$work/domain.xml" "$1: 50-dcat, $operation" \
      env "PATH=$work/bin:$PATH" "DCAT_SOCKET=$socket" sh "$sources/configs/hooks/50-dcat" timed "$operation" begin -
  done
  time_it "$work/state.json" "$1: dcat hook oci" "$dcat" hook --socket "$socket" oci
  time_it "$work/state.json" "$1: dcat-hook oci" "$dcat-hook" --socket "$socket" oci
  time_it "$work/domain.xml" "$1: dcat-hook libvirt, start" "$dcat-hook" --socket "$socket" libvirt timed start begin -
}
echo "$times invocations each, $(nproc) CPUs, load $(cut -d' ' -f1 /proc/loadavg)"
time_it /dev/null 'true' true
hooks_with 'the daemon answers'
daemon=$(<"$work/daemon")
kill -STOP "$daemon"
hooks_with 'the daemon hangs'
kill -CONT "$daemon"
kill -KILL "$daemon"
wait "$node" 2>/dev/null || true
node=
rm -f "$work/daemon"
hooks_with 'the daemon is gone'

# ---- VMs ------------------------------------------------------------------------------------------------------------
if ((starts > 0)); then
  code=0
  "$sources/tests/system_hooks/libvirt.sh" "$dcat" "$sources" starts "$starts" || code=$?
  if ((code != 77)); then exit "$code"; fi
fi
