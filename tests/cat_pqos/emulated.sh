#!/usr/bin/env bash
# Runs a test program on an emulated node: emulated.sh DCAT PROGRAM [options of dcat emulate]
# Exit code 77, with the reason as the last line, where this machine cannot.
set -euo pipefail

dcat=$1
program=$2
shift 2

skip() {
  echo "skipped: $1"
  exit 77
}

if (($(id -u) != 0)); then skip 'the emulated node needs root'; fi
if [[ ! -c /dev/fuse ]]; then skip 'there is no /dev/fuse'; fi
code=0
"$dcat" emulate -- true || code=$?
if ((code == 3)); then skip 'dcat emulate cannot run here'; fi
exec "$dcat" emulate "$@" -- "$program"
