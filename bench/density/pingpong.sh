#!/usr/bin/env bash
# What the watched programs pay: microseconds a switch between two containers on one CPU (pingpong.cpp) while nobody
# counts, and while each source counts both, in rounds one after the other, since machines are noisy: medians over the
# rounds. The mean of a round has a duty cycle's windows in it, the median of its slices has not.
# Usage: pingpong.sh [ROUNDS [SECONDS [SOURCES]]]; environment: common.sh, PINGPONG_CPU (default: the last)
# shellcheck source=bench/density/common.sh
source "$(dirname "$0")/common.sh"
rounds=${1:-5}
seconds=${2:-2}
read -ra sources <<<"none ${3:-cgroup cgroup-duty bpf}"
readonly aim=0.6
prepare
cpu=${PINGPONG_CPU:-$(($(nproc) - 1))}
box=$box_root/pingpong

coproc PLAYERS { exec "$PROGRAMS/pingpong" "$box" --cpu "$cpu"; }
to_players=${PLAYERS[1]} from_players=${PLAYERS[0]}
children+=("$PLAYERS_PID")
read -r ready <&"$from_players" || die "the players could not be started"
[[ $ready == ready ]] || die "the players said: $ready"

declare -A missing
# play SOURCE ROUND
play() {
  local times
  if [[ $1 != none ]]; then
    write_config "$work/config.yaml" "$1" "$box/*"
    if ! start_dcat "$1" "$work/config.yaml" "$work/output" "$work/trace"; then
      missing[$1]=$(reason_of "$work/output.messages")
      return
    fi
  fi
  echo "$seconds" >&"$to_players"
  read -r times <&"$from_players" || die "the players have ended"
  if [[ $1 != none ]]; then stop_dcat; fi
  echo "$1 $2 $times" >>"$OUT/pingpong.txt"
}

: >"$OUT/pingpong.txt"
for ((round = 1; round <= rounds; round++)); do
  for source in "${sources[@]}"; do
    if [[ -z ${missing[$source]:-} ]]; then play "$source" "$round"; fi
  done
done
column_of() { awk -v s="$1" -v c="$2" '$1 == s { print $c }' "$OUT/pingpong.txt" | median; }

echo "Machine: $(machine) $rounds rounds of $seconds s each, CPU $cpu."
echo
echo "| counted by | us a switch, mean | added | us a switch, median of slices | added |"
echo "|---|---|---|---|---|"
none_mean=$(column_of none 3) none_median=$(column_of none 4)
for source in "${sources[@]}"; do
  if [[ -n ${missing[$source]:-} ]]; then
    echo "| $source | not available: ${missing[$source]} | | | |"
    continue
  fi
  awk -v s="$source" -v m="$(column_of "$source" 3)" -v d="$(column_of "$source" 4)" -v nm="$none_mean" -v nd="$none_median" \
    'BEGIN { printf "| %s | %.2f | %.2f | %.2f | %.2f |\n", s, m, m - nm, d, d - nd }'
done
awk -v n="$none_mean" -v c="$(column_of cgroup 3)" -v b="$(column_of bpf 3)" -v aim="$aim" 'BEGIN {
  if (c == "-" || b == "-" || c == "" || b == "") exit
  if (c <= n) { print "\ncgroup added nothing that can be told from noise: no ratio"; exit }
  printf "\nbpf adds %.0f %% of what cgroup adds; at most %.0f %%: %s\n", 100 * (b - n) / (c - n), 100 * aim, (b - n <= aim * (c - n) ? "reached" : "not reached") }'
