#!/usr/bin/env bash
# What a control period in which nothing changes costs `dcat run` on the emulated node: 16 groups (the default one
# included), 250 containers, resctrl. CPU time of dcat's own process, user and system, per period: two runs of different
# length, the difference divided. The emulator is another process and not in it.
# Usage: bench/emulated_tick.sh build/cli/dcat [BACKEND [CONTAINERS]]
set -euo pipefail
readonly dcat=$(realpath "$1") backend=${2:-resctrl} containers=${3:-250}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
  echo 'name: many idle tenants'
  echo 'domains:'
  echo '  - {id: 0, shared_may_be_empty: false, cpus: 64}'
  echo 'tenants:'
  for ((i = 0; i < containers; i++)); do
    contract=none
    if ((i < 15)); then contract=1; fi
    printf '  - {name: t%04d, contract: %s, workload: {kind: lookbusy}}\n' "$i" "$contract"
  done
} >"$work/many.yaml"

# cpu_of TICKS: microseconds of CPU, user and system, of a whole run.
cpu_of() {
  "$dcat" emulate --scenario "$work/many.yaml" -- bash -c "
    TIMEFORMAT='%U %S'
    time '$dcat' run --mode enforce --counters sim --backend $backend --interval 1s --config '$work/config.yaml' --ticks $1 >/dev/null 2>'$work/log'" 2>&1 |
    awk 'NF == 2 { print int($1 * 1e6), int($2 * 1e6) }'
}

# One reading of the counters a period: what is measured is the period's work, not the control plane of simulated counts.
printf 'sample_interval: 1s\nsettle: 0s\n' >"$work/config.yaml"
read -r user_short system_short < <(cpu_of 20)
read -r user_long system_long < <(cpu_of 520)
echo "$containers containers, 16 groups, $backend, emulated node: per period $(((user_long - user_short) / 500)) us user," \
  "$(((system_long - system_short) / 500)) us system"
