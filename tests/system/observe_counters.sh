#!/usr/bin/env bash
# Counts with real hardware counters: two busy cgroups, one that walks 64 MiB at random and one that spins in registers.
#
#   1. `dcat run --mode observe --all-cgroups` shows both, and their CPI and MPKI differ the right way
#   2. `perf stat -a -G` on the same cgroups afterwards agrees on CPI and MPKI within 5 %
#
# One after the other, for together they would need more counters than a CPU has. Usage: observe_counters.sh DCAT WALK SPIN
# Exit code: 0 passed, 1 failed, 77 skipped, with its reason.
set -euo pipefail
export LC_ALL=C

readonly dcat=$1 walk=$2 spin=$3
readonly seconds=5 tolerance=0.05
readonly mpki_floor=0.05 # below it a difference in MPKI is noise: 5 misses in 100,000 instructions

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# ---- what the machine must have -------------------------------------------------------------------------------------
[ "$(id -u)" = 0 ] || skip "making cgroups and counting in them needs root"
command -v perf > /dev/null || skip "perf is not installed"
perf_says=$(perf stat -x, -e instructions,cycles true 2>&1) || skip "perf stat does not work: $perf_says"
case $perf_says in *"<not"*) skip "this machine has no hardware counters (perf stat: $(grep -o '<not[^>]*>' <<< "$perf_says" | head -n 1))" ;; esac
root=$(awk '$(NF-2) == "cgroup2" && !found { print $5; found = 1 }' /proc/self/mountinfo)
[ -n "$root" ] || skip "no cgroup2 file system is mounted"

# The event that stands for LLC misses here, as dCat's event table has it.
llc_misses_event() {
  local vendor family
  vendor=$(awk -F': *' '/^vendor_id/ { print $2; exit }' /proc/cpuinfo)
  family=$(awk -F': *' '/^cpu family/ { print $2; exit }' /proc/cpuinfo)
  case $vendor:$family in
    AuthenticAMD:23 | HygonGenuine:24) echo r4843 ;;
    AuthenticAMD:25 | AuthenticAMD:26) echo r4844 ;;
    *) echo cache-misses ;;
  esac
}

# ---- two busy cgroups -----------------------------------------------------------------------------------------------
readonly parent=dcat-test-$$
work=$(mktemp -d)
pids=()
clean_up() {
  [ ${#pids[@]} -eq 0 ] || kill -9 "${pids[@]}" 2> /dev/null || true
  wait 2> /dev/null || true
  rmdir "$root/$parent/walk" "$root/$parent/spin" "$root/$parent" 2> /dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
mkdir "$root/$parent" || skip "cannot make a cgroup in $root"
mkdir "$root/$parent/walk" "$root/$parent/spin"

start() { # PROGRAM CGROUP CPU
  # It enters the cgroup before it is the program, so that every page it touches is counted there.
  bash -c 'echo $$ > "$1" && exec taskset -c "$2" "$3"' _ "$root/$parent/$2/cgroup.procs" "$3" "$1" &
  pids+=($!)
}
start "$walk" walk 0
start "$spin" spin $(($(nproc) > 1 ? 1 : 0))
sleep 3 # the walk's array is laid out

# ---- what dCat says -------------------------------------------------------------------------------------------------
"$dcat" run --mode observe --all-cgroups --interval 1s --ticks "$seconds" --record "$work/trace" > "$work/screen" 2> "$work/log" ||
  { code=$?; cat "$work/log" >&2; [ $code = 3 ] && skip "dcat: $(tail -n 1 "$work/log")"; fail "dcat run exited with $code"; }

# MARKER(trace format): the only place that knows it. A line of kind decision has one object a container,
# {"container":"PATH",...,"metrics":{...,"cpi":C,...,"mpki":M,...}}; see docs/trace-format.md.
# Prints one value a period that has it.
trace_values() { # CONTAINER METRIC
  grep '^{"kind":"decision"' "$work/trace" | sed 's/{"container":/\n&/g' | { grep -F "{\"container\":\"$1\"" || true; } |
    { grep -oE "\"$2\":[0-9.eE+-]+" || true; } | cut -d: -f2
}
mean() { awk '{ sum += $1; n++ } END { if (n) printf "%.6g", sum / n; else print "none" }'; }

declare -A ours
for tenant in walk spin; do
  grep -q "$parent/$tenant" "$work/screen" || { cat "$work/screen" >&2; fail "$parent/$tenant is not shown"; }
  for metric in cpi mpki; do
    ours[$tenant.$metric]=$(trace_values "$parent/$tenant" $metric | mean)
    [ "${ours[$tenant.$metric]}" != none ] || { cat "$work/log" >&2; fail "no $metric of $tenant in the trace"; }
  done
done

# ---- what perf says -------------------------------------------------------------------------------------------------
event=$(llc_misses_event)
declare -A perfs
for tenant in walk spin; do
  cgroup=$parent/$tenant
  perf stat -x, -a -e "{cycles,instructions,$event}" -G "$cgroup,$cgroup,$cgroup" -o "$work/perf" sleep "$seconds"
  read -r cycles instructions misses < <(awk -F, '/^[0-9]/ { printf "%s ", $1 }' "$work/perf") || true
  [ -n "${misses:-}" ] || { cat "$work/perf" >&2; fail "perf stat counted nothing in $cgroup"; }
  perfs[$tenant.cpi]=$(awk "BEGIN { printf \"%.6g\", $cycles / $instructions }")
  perfs[$tenant.mpki]=$(awk "BEGIN { printf \"%.6g\", 1000 * $misses / $instructions }")
done

# ---- do they agree? -------------------------------------------------------------------------------------------------
true_that() { awk "BEGIN { exit !($1) }"; }
for tenant in walk spin; do
  for metric in cpi mpki; do
    a=${ours[$tenant.$metric]} b=${perfs[$tenant.$metric]}
    echo "$tenant $metric: dcat $a, perf $b"
    if [ $metric = mpki ] && true_that "$a < $mpki_floor && $b < $mpki_floor"; then continue; fi
    true_that "($a - $b) ^ 2 <= ($tolerance * $b) ^ 2" || fail "$metric of $tenant is off by more than 5 %"
  done
done
true_that "${ours[walk.cpi]} > 3 * ${ours[spin.cpi]}" || fail "the walk does not take more cycles an instruction"
true_that "${ours[walk.mpki]} > 10 && ${ours[walk.mpki]} > 10 * ${ours[spin.mpki]}" || fail "the walk does not miss more"
echo passed
