#!/usr/bin/env bash
# Containers that come and go beside steady ones: is every one seen and classified that lived 2 s, does anything grow,
# is a tick ever late? Classified is who had metrics and a state in one period or more; a full run with fewer than 1,000
# lives of 2 s has failed. For each source; prints two Markdown tables. Exit code 1 where something was missed or grew.
# Usage: churn.sh [SECONDS [RATE [STEADY [SOURCES]]]]; environment: common.sh
# shellcheck source=bench/density/common.sh
source "$(dirname "$0")/common.sh"
seconds=${1:-60}
rate=${2:-200}
steady=${3:-500}
read -ra sources <<<"${4:-cgroup bpf}"
# Memory at the end may be greater than at the start by this: the allocator keeps what the churn needed at its height.
readonly more_mib=16
# A short run, to try whether everything works, has fewer.
least=$((seconds * rate >= 60 * 200 ? 1000 : 1))
prepare
box=$box_root

# What there is of dcat and of groups: descriptors, RSS in KiB, resctrl groups, dying cgroups below our directory.
stock() {
  local fds rss groups=0 dying
  fds=$(find "/proc/$dcat_pid/fd" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)
  rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$dcat_pid/status")
  if [[ -d /sys/fs/resctrl/info ]]; then groups=$(find /sys/fs/resctrl -mindepth 1 -maxdepth 2 -name schemata | wc -l); fi
  dying=$(awk '$1 == "nr_dying_descendants" { print $2 }' "$cgroup_root/$box/cgroup.stat")
  echo "$fds $rss $groups $dying"
}

wait_for_periods() { # at least $1 of them
  local try
  for ((try = 0; try < 300; try++)); do
    if (($(grep -c '^{"kind":"decision"' "$trace" || true) >= $1)); then return; fi
    sleep 0.2
  done
  die "no period ended: $(reason_of "$work/output.messages")"
}

right=0
stocks=()
echo "Machine: $(machine) $rate containers a second for $seconds s beside $steady steady ones."
for source in "${sources[@]}"; do
  trace=$OUT/churn-$source.jsonl log=$OUT/churn-$source.log
  start_fleet "$box/steady" --containers "$steady" --busy $(((steady + 9) / 10)) --every 100 --work 0.2
  write_config "$work/config.yaml" "$source" "$box/*/*"
  if ! start_dcat "$source" "$work/config.yaml" "$work/output" "$trace"; then
    printf '\n%s: not available: %s\n' "$source" "$(reason_of "$work/output.messages")"
    stop_fleet
    continue
  fi
  wait_for_periods 4
  before=$(stock)
  patiently "$PROGRAMS/churn" "$box/churn" --seconds "$seconds" --rate "$rate" --log "$log" >"$OUT/churn-$source.txt"
  sleep 3 # a container that ended takes everything with it within a second, and a period is one
  after=$(stock)
  stop_dcat
  stop_fleet
  printf '\n%s: %s\n\n' "$source" "$(cat "$OUT/churn-$source.txt")"
  "$PROGRAMS/trace_check" churn "$log" "$trace" --least "$least" || right=1
  read -r fds_before rss_before groups_before dying_before <<<"$before"
  read -r fds_after rss_after groups_after dying_after <<<"$after"
  same="equal"
  if ((fds_after != fds_before || groups_after != groups_before || dying_after != dying_before)); then same="not equal"; fi
  if ((rss_after > rss_before + more_mib * 1024)); then same="not equal"; fi
  if [[ $same != equal ]]; then right=1; fi
  stocks+=("| $source | $fds_before, $fds_after | $((rss_before / 1024)), $((rss_after / 1024)) | $groups_before, $groups_after | $dying_before, $dying_after | $same |")
done
if ((${#stocks[@]})); then
  echo
  echo "| source | descriptors before, after | resident MiB | resctrl groups | dying cgroups | (memory: $more_mib MiB more at most) |"
  echo "|---|---|---|---|---|---|"
  printf '%s\n' "${stocks[@]}"
fi
exit "$right"
