#!/usr/bin/env bash
# What watching many containers costs: CPU time of a tick, memory, descriptors, set-up and tear-down, for each source and
# number of containers, with `perf stat --for-each-cgroup -I 1000` on the same containers and events. One in ten of them
# wakes every 100 ms for 0.2 ms of CPU, the others sleep.
#
# On hardware counters perf has its turn after dcat, since both together would use more counters than there are; on
# software events it runs beside it. Prints a Markdown table.
# Usage: density.sh [NUMBERS [SOURCES [TICKS]]], e.g. density.sh "10 100" "cgroup bpf" 5; environment: common.sh
# shellcheck source=bench/density/common.sh
source "$(dirname "$0")/common.sh"
read -ra numbers <<<"${1:-10 100 500 2500}"
read -ra sources <<<"${2:-cgroup bpf}"
ticks=${3:-10}
readonly aim_bpf=20 aim_cgroup=60 aim_rss_mib=96
prepare
box=$box_root/fleet

# meter_dcat SOURCE RESULT
meter_dcat() {
  set_run_words "$1" "$work/config.yaml"
  "$PROGRAMS/meter" --ticks "$ticks" -- "${run_words[@]}" >"$2" 2>"$2.messages"
}

# meter_perf RESULT; the containers' names are in $names
meter_perf() {
  # -a names no workload: it counts until it is told to end, by SIGINT.
  "$PROGRAMS/meter" --ticks "$ticks" --end-signal 2 -- \
    perf stat -a -x, --log-fd 1 -I 1000 -e "$perf_events" --for-each-cgroup "$names" >"$1" 2>"$1.messages"
}

count_samples() {
  set_run_words "$1" "$work/config.yaml"
  if "${run_words[@]}" --ticks 2 --record "$work/short.jsonl" >/dev/null 2>&1; then
    "$PROGRAMS/trace_check" samples "$work/short.jsonl"
  else
    echo -
  fi
}

# row N SOURCE DCAT_RESULT PERF_RESULT SAMPLES
row() {
  jq -rn --slurpfile d "$3" --slurpfile p "$4" --arg n "$1" --arg s "$2" --arg samples "$5" '
    def r($k): . * $k | round / $k;
    ($d[0]) as $d | ($p[0] // {}) as $p |
    "| \($n) | \($s) | \($d.cpu_ms_per_tick | r(100)) ms | \($p.cpu_ms_per_tick // "-" | if type == "number" then "\(r(100)) ms" else . end) |" +
    " \(if $p.cpu_ms_per_tick then ($d.cpu_ms_per_tick / $p.cpu_ms_per_tick | r(100)) else "-" end) |" +
    " \($d.rss_kib / 1024 | r(10)) MiB | \($d.peak_kib / 1024 | r(10)) MiB | \($d.descriptors) | \($samples) |" +
    " \($d.set_up_s | r(100)) s | \($d.tear_down_s | r(100)) s | \($p.set_up_s // "-" | if type == "number" then "\(r(100)) s" else . end) |"'
}

# verdict N SOURCE DCAT_RESULT PERF_RESULT: only the greatest number has aims.
verdict() {
  local aim=$aim_cgroup
  if [[ $2 == bpf ]]; then aim=$aim_bpf; fi
  jq -rn --slurpfile d "$3" --slurpfile p "$4" --arg n "$1" --arg s "$2" --argjson aim "$aim" --argjson mib "$aim_rss_mib" '
    def yes: if . then "reached" else "not reached" end;
    ($d[0]) as $d | ($p[0] // {}) as $p |
    "\($s), \($n) containers: a tick under \($aim) ms of CPU: \($d.cpu_ms_per_tick < $aim | yes);" +
    " half of perf'"'"'s at most: \(if $p.cpu_ms_per_tick then ($d.cpu_ms_per_tick <= $p.cpu_ms_per_tick / 2 | yes) else "perf did not run" end);" +
    " under \($mib) MiB: \($d.rss_kib / 1024 < $mib | yes)"'
}

verdicts=()
echo "Machine: $(machine)"
echo
echo "| containers | source | CPU a tick | perf's | ratio | resident | at most | descriptors | sub-samples | set-up | tear-down | perf's set-up |"
echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
for n in "${numbers[@]}"; do
  start_fleet "$box" --containers "$n" --busy "$(((n + 9) / 10))" --every 100 --work 0.2 --pages 1
  echo "$n: $fleet_ready" >>"$OUT/density-fleet.txt"
  names=$(for ((i = 0; i < n; i++)); do printf '%s/c%05d,' "$box" "$i"; done)
  names=${names%,}
  for source in "${sources[@]}"; do
    result=$OUT/density-$n-$source.json perf_result=$OUT/density-$n-$source-perf.json
    write_config "$work/config.yaml" "$source" "$box/c*"
    meter_dcat "$source" "$result" &
    children+=($!)
    dcat_meter=$!
    if [[ $EVENTS == hardware ]]; then wait "$dcat_meter" || true; fi
    meter_perf "$perf_result" &
    children+=($!)
    perf_meter=$!
    wait "$perf_meter" || echo "$program: perf: $(reason_of "$perf_result.messages")" >&2
    wait "$dcat_meter" || true
    if [[ ! -s $result ]]; then
      echo "| $n | $source | not available: $(reason_of "$result.messages") | | | | | | | | | |"
      continue
    fi
    row "$n" "$source" "$result" "$perf_result" "$(count_samples "$source")"
    if ((n == 2500)); then verdicts+=("$(verdict "$n" "$source" "$result" "$perf_result")"); fi
  done
  stop_fleet
  echo "$n: $fleet_gone" >>"$OUT/density-fleet.txt"
done
if ((${#verdicts[@]})); then printf '\n%s\n' "${verdicts[@]}"; fi
