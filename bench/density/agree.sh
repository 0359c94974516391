#!/usr/bin/env bash
# Do the sources, and perf, say the same of the same steady containers? Each counts them for some seconds, one after the
# other, so that never more than three counters are in use at once. CPI and MPKI within 3 % of perf's. Prints a Markdown
# table; exit code 1 where they do not agree.
# Usage: agree.sh [SECONDS [SOURCES]]; environment: common.sh
# shellcheck source=bench/density/common.sh
source "$(dirname "$0")/common.sh"
seconds=${1:-10}
read -ra sources <<<"${2:-cgroup bpf papi}"
prepare
box=$box_root/fleet
readonly containers=4
start_fleet "$box" --containers $containers --busy $containers --every 20 --work 2 --pages 4
names=$(for ((i = 0; i < containers; i++)); do printf '%s/c%05d,' "$box" "$i"; done)

# SOURCE CONTAINER CPI MPKI: instructions, cycles, misses in the order of $perf_events; clocks come in ms.
patiently perf stat -a -x';' -o "$OUT/agree-perf.csv" -e "$perf_events" --for-each-cgroup "${names%,}" -- sleep "$seconds"
awk -F';' 'NF > 5 && $1 ~ /^[0-9.]+$/ {
    scale = $2 == "msec" ? 1e6 : 1; n[$4]++; v[$4, n[$4]] = $1 * scale
  }
  END { for (c in n) if (v[c, 1] > 0) printf "perf %s %.6f %.9f\n", c, v[c, 2] / v[c, 1], 1000 * v[c, 3] / v[c, 1] }' \
  "$OUT/agree-perf.csv" >"$OUT/agree-perf.txt"
files=("$OUT/agree-perf.txt")
notes=()
for source in "${sources[@]}"; do
  write_config "$work/config.yaml" "$source" "$box/c*"
  set_run_words "$source" "$work/config.yaml"
  if ! patiently "${run_words[@]}" --ticks "$seconds" --record "$OUT/agree-$source.jsonl" >"$work/output" 2>"$work/messages"; then
    notes+=("$source: not available: $(reason_of "$work/messages")")
    continue
  fi
  "$PROGRAMS/trace_check" rates "$OUT/agree-$source.jsonl" | awk -v s="$source" '{ print s, $1, $5, $6 }' >"$OUT/agree-$source.txt"
  if [[ -s $OUT/agree-$source.txt ]]; then
    files+=("$OUT/agree-$source.txt")
  else
    notes+=("$source: counted nothing: $(reason_of "$work/messages")")
  fi
done
stop_fleet
echo "Machine: $(machine) $seconds s each."
echo
right=0
"$PROGRAMS/trace_check" agree "${files[@]}" | sed "s|$box/||" || right=1
if ((${#notes[@]})); then printf '\n%s\n' "${notes[@]}"; fi
exit "$right"
