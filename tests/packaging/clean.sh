#!/usr/bin/env bash
# Takes away what make.sh made. clean.sh BUILD SOURCES TREE
set -uo pipefail
# shellcheck source=tests/packaging/common.sh
source "$(dirname "$0")/common.sh"
if grep -q " $tree" /proc/self/mounts; then die "something is mounted below $tree"; fi
rm -rf --one-file-system "$tree" "$packages" "$tree".??????
rm -f "$tree.skipped"
