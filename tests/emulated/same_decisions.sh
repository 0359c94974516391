#!/usr/bin/env bash
# The scenarios decide the same over an emulated node's files as over the simulated back end, tick for tick, the first of
# them under other policies than dCat's as well: same_decisions.sh DCAT BACKEND SCENARIO...
set -uo pipefail
# shellcheck source=tests/emulated/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly dcat=$1 backend=$2
shift 2
need_emulator "$dcat"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The decisions of a trace, a line each. What only a node with monitoring groups measures is left out.
decisions() {
  grep '^{"kind":"decision"' "$1" | sed -E 's/"llc_occupancy_bytes":[0-9]+,//g; s/"memory_bytes_per_sec":[0-9.e+-]+,//g'
}

ticks=0
# compare SCENARIO [POLICY]
compare() {
  local scenario=$1 name policy=(${2:+--policy "$2"})
  name=$(basename "$scenario" .yaml)
  # libpqos refuses empty masks: there the simulated node is to do without them as well.
  if [[ $backend != resctrl ]]; then
    sed -E 's/shared_may_be_empty: true/shared_may_be_empty: false/' "$scenario" >"$work/$name.yaml"
    if ! grep -q '^[^#]*shared_may_be_empty' "$work/$name.yaml"; then
      sed -i -E 's/^( *)- id: .*$/&\n\1  shared_may_be_empty: false/' "$work/$name.yaml"
      grep -q '^domains:' "$work/$name.yaml" ||
        printf 'domains:\n  - id: 0\n    shared_may_be_empty: false\n' >>"$work/$name.yaml"
    fi
    scenario=$work/$name.yaml
  fi
  "$dcat" run --scenario "$scenario" "${policy[@]}" --record "$work/simulated" >/dev/null 2>"$work/log" || fail "$name simulated: $(cat "$work/log")"
  timeout 100 "$dcat" emulate --scenario "$scenario" -- "$dcat" run --mode enforce --counters sim --backend "$backend" "${policy[@]}" \
    --record "$work/emulated" >/dev/null 2>"$work/log" || fail "$name over $backend: $(cat "$work/log")"
  decisions "$work/simulated" >"$work/want"
  decisions "$work/emulated" >"$work/got"
  [[ -s $work/want ]] || fail "$name: no decisions"
  cmp -s "$work/want" "$work/got" || fail "$name over $backend decides otherwise: $(diff "$work/want" "$work/got" | head -c 2000)"
  echo "$name${2:+ under $2} over $backend: $(wc -l <"$work/got") decisions, all the same"
  ticks=$((ticks + $(wc -l <"$work/got")))
}

for scenario in "$@"; do compare "$scenario"; done
# Without cacheman, which goes by occupancy where the node measures it.
for policy in static ucp dunn aimd adaptive; do compare "$1" "$policy"; done
echo "$ticks decisions in all"
