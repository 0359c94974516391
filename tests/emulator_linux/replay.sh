#!/usr/bin/env bash
# The records of a true kernel, replayed through the mounted file system: replay.sh DCAT REPLAY_THROUGH_FILES KERNEL
# Exit code: 0 passed, 1 failed, 77 skipped, with its reason.
set -uo pipefail
readonly dcat=$1 replay=$2 kernel=$3
# shellcheck source=tests/emulated/common.sh
source "$(dirname "$0")/../emulated/common.sh"

need_emulator "$dcat"
# The machine of the records.
exec "$dcat" emulate --ways 11 --way-bytes 2097152 --domains 2 --cpus 4 --mba --mb-closids 8 --rmids 32 \
  --shareable-bits 600 --kernel "$kernel" --no-mount -- "$replay" "linux-$kernel.txt"
