#!/usr/bin/env bash
# Fuzzes one of the readers of strangers' input, or lists them: fuzz.sh [NAME [SECONDS]] (600 seconds). Builds with clang into
# build-fuzz/; what it finds is kept there, a crashing input in build-fuzz/NAME/. Exit code 77: no clang.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
name=${1:-}
if [[ -z $name ]]; then
  find "$root/tests/fuzz/corpus" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort
  exit
fi
if ! command -v clang++ >/dev/null; then
  echo 'skipped: clang++ is not installed'
  exit 77
fi
build=$root/build-fuzz
CXX=clang++ cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDCAT_FUZZ=ON \
  -DDCAT_BUILD_BENCH=OFF >/dev/null
ninja -C "$build" "$name"
mkdir -p "$build/$name/corpus"
cd "$build/$name"
exec "$build/tests/fuzz/$name" -max_total_time="${2:-600}" -rss_limit_mb=512 -max_len=65536 corpus \
  "$root/tests/fuzz/corpus/$name"
