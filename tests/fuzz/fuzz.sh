#!/usr/bin/env bash
# Fuzzes the readers of strangers' input: fuzz.sh all [SECONDS] each of them in turn, fuzz.sh NAME [SECONDS] one (600 seconds
# each), fuzz.sh lists them. Builds with clang into build-fuzz/ (or DCAT_FUZZ_BUILD); what is found is kept there, a crashing,
# slow (2 s) or large (512 MiB) input in build-fuzz/NAME/. Exit code 77: no clang; else that of the first fuzzer that found
# something, the others run all the same.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
name=${1:-}
seconds=${2:-600}
build=${DCAT_FUZZ_BUILD:-$root/build-fuzz}
mapfile -t known < <(find "$root/tests/fuzz/corpus" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
if [[ -z $name ]]; then
  printf '%s\n' "${known[@]}"
  exit
fi
if ! command -v clang++ >/dev/null; then
  echo 'skipped: clang++ is not installed'
  exit 77
fi
names=("$name")
if [[ $name == all ]]; then names=("${known[@]}"); fi
CXX=clang++ cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDCAT_FUZZ=ON \
  -DDCAT_BUILD_BENCH=OFF >/dev/null
ninja -C "$build" "${names[@]}"

fuzz() {
  local words=$root/tests/fuzz/dictionaries/$1.dict
  local options=(-max_total_time="$seconds" -rss_limit_mb=512 -timeout=2 -max_len=65536)
  if [[ -e $words ]]; then options+=(-dict="$words"); fi
  mkdir -p "$build/$1/corpus"
  (cd "$build/$1" && "$build/tests/fuzz/$1" "${options[@]}" corpus "$root/tests/fuzz/corpus/$1")
}

code=0
for each in "${names[@]}"; do
  echo "== $each"
  fuzz "$each" || { last=$?; echo "$each: found something, see $build/$each" >&2; code=$((code == 0 ? last : code)); }
done
exit "$code"
