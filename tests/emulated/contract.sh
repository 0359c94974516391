#!/usr/bin/env bash
# The contract suite of one back end on emulated nodes of several kinds: contract.sh DCAT CONTRACT_TEST BACKEND
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 suite=$2 backend=$3
need_emulator "$dcat"
failures=0

# on CLOSIDS TAGS OPTIONS...: the tests with these tags on a node with these options.
on() {
  local closids=$1 tags=$2
  shift 2
  echo "--- $backend: $tags on: $*"
  DCAT_TEST_BACKEND=$backend DCAT_TEST_CLOSIDS=$closids timeout 100 "$dcat" emulate "$@" -- "$suite" "$tags" ||
    failures=$((failures + 1))
}

for kernel in 6.1 6.12; do
  on 16 '[domains]' --domain-ids 0,3 --kernel "$kernel"
  on 16 '[closids]' --kernel "$kernel"
  on 8 '[closids]' --mba --mb-closids 8 --kernel "$kernel"
  on 16 '[one]' --mba --shareable-bits c0000 --kernel "$kernel"
done
on 16 '[tied]' --tied-ways
on 16 '[two-bits]' --min-cbm-bits 2
on 16 '[busy]' --fail write:schemata:1:EBUSY
on 16 '[cdp]' --cdp
if [[ $backend == resctrl ]]; then
  for kernel in 6.1 6.12; do on 16 '[monitor]' --kernel "$kernel"; done
  on 16 '[few-rmids]' --rmids 18
fi
if [[ $backend == resctrl ]]; then
  for kernel in 6.1 6.12; do on 16 '[mba]' --mba --domain-ids 0,3 --kernel "$kernel"; done
  on 16 '[mbps]' --mba
fi
if [[ $backend == resctrl ]]; then on 16 '[remount]'; fi # libpqos looks for the file system once, when it starts
# libpqos reads the tasks of all classes for every thread that it moves: a move of 300 threads takes seconds there.
if [[ $backend != resctrl ]]; then export DCAT_TEST_TRIES=${DCAT_TEST_TRIES:-3}; fi
for kernel in 6.1 6.12; do on 16 '[forking]' --kernel "$kernel"; done
((failures == 0)) || fail "$failures runs"
