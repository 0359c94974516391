#!/usr/bin/env bash
# promtool's opinion of what a simulated run exports, of the rules and of their tests: promtool.sh DCAT SOURCE_DIR.
# Exit code 77: promtool (Debian: prometheus) is not installed.
set -euo pipefail
readonly dcat=$1 source=$2
if ! command -v promtool >/dev/null; then
  echo 'skipped: promtool is not installed (package prometheus)'
  exit 77
fi
work=$(mktemp -d)
: >"$work/log"
run=
trap 'if [[ -n $run ]]; then kill "$run" 2>/dev/null; fi; rm -rf "$work"' EXIT

promtool check rules --lint=all --lint-fatal "$source/configs/prometheus/dcat.rules.yml"
promtool test rules "$source/configs/prometheus/tests/dcat.rules.test.yml"
promtool check config "$source/configs/prometheus/scrape.yml"

"$dcat" run --scenario "$source/configs/scenarios/two-domains.yaml" --pace 20 --listen 127.0.0.1:0 \
  >/dev/null 2>"$work/log" &
run=$!
for ((i = 0; i < 100; i++)); do
  address=$(sed -n 's|.*web: http://\([^/]*\)/ .*|\1|p' "$work/log")
  if [[ -n $address ]]; then break; fi
  sleep 0.1
done
# bash speaks enough HTTP: no further tool is needed.
ask() {
  exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
  printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3
  sed '1,/^\r$/d' <&3
  exec 3>&-
}
for ((i = 0; i < 100; i++)); do
  ask /metrics >"$work/metrics"
  if grep -q '^dcat_workload_baseline_ipc_ratio{' "$work/metrics"; then break; fi
  sleep 0.1
done
grep -q '^dcat_workload_baseline_ipc_ratio{' "$work/metrics"
promtool check metrics <"$work/metrics" >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
if [[ -s $work/said ]]; then
  cat "$work/said"
  exit 1
fi
echo "promtool has nothing to say about $(grep -c '^# TYPE' "$work/metrics") metrics and $(grep -vc '^#' "$work/metrics") series"
