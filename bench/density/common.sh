# What the scripts of this folder have in common: what is measured, the configuration it is run with, containers and
# their removal. To be sourced. Set by the caller or the environment:
#   DCAT      the dcat program                 PROGRAMS  where fleet, meter, ... are
#   OUT       raw outputs are kept here        EVENTS    hardware, software or auto
#   DCAT_OPTIONS  further options of `dcat run`
# A source is cgroup, bpf, papi, or cgroup-duty: cgroup that counts for 100 ms of each second.
# shellcheck shell=bash disable=SC2034,SC2119,SC2120

set -euo pipefail

density_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DCAT=${DCAT:-$density_root/build/cli/dcat}
PROGRAMS=${PROGRAMS:-$density_root/build/bench/density}
EVENTS=${EVENTS:-auto}
read -ra dcat_options <<<"${DCAT_OPTIONS:-}"
program=$(basename "$0")

die() {
  echo "$program: $*" >&2
  exit 3
}

# ---- Cleaning up: on every way out, and only what is ours

box_root=dcat-bench.$$
children=()
# Not in /tmp's default mode: PostgreSQL and memcached run as users of their own.
work=$(mktemp -d)
chmod 711 "$work"

# shellcheck disable=SC2317  # the traps call it
clean_up() {
  trap - EXIT INT TERM HUP
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  if [[ -x $PROGRAMS/fleet ]]; then "$PROGRAMS/fleet" --clean "$box_root" || true; fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- What has to be there

need_root() {
  (($(id -u) == 0)) || die "making cgroups and counting other people's processes needs root"
  [[ -n $cgroup_root ]] || die "no cgroup2 file system is mounted here"
  [[ -x $DCAT ]] || die "there is no dcat at $DCAT: build it, or name it by DCAT="
  [[ -x $PROGRAMS/fleet ]] || die "there are no programs in $PROGRAMS: build with DCAT_BUILD_BENCH=ON, or name the folder by PROGRAMS="
  ulimit -n "$(ulimit -Hn)"
}

# need_commands PACKAGE:COMMAND...
need_commands() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair#*:}" >/dev/null || missing+=("${pair%%:*}")
  done
  ((${#missing[@]} == 0)) || die "apt-get install ${missing[*]} (Debian) first"
}

# The whole tree, not somebody's part of it that is mounted elsewhere.
cgroup_root=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2" && $4 == "/") { print $5; exit } }' /proc/self/mountinfo)

# ---- What is counted

# Sets event_lines (of the configuration), perf_events (the same for perf) and events_note.
choose_events() {
  if [[ $EVENTS == auto ]]; then
    EVENTS=hardware
    if ! perf stat -x, -e cycles,instructions true 2>&1 | awk -F, '$1 !~ /^[0-9]+$/ || $1 == 0 { bad = 1 } END { exit bad }'; then
      EVENTS=software
    fi
  fi
  local misses
  if [[ $EVENTS == software ]]; then
    event_lines="instructions: 'perf::CPU-CLOCK', cycles: 'perf::TASK-CLOCK', llc_misses: 'perf::PAGE-FAULTS'"
    perf_events=cpu-clock,task-clock,page-faults
    events_note="No hardware counters here: cpu-clock stands in for instructions, task-clock for cycles, page-faults for LLC misses."
  else
    misses=cpu/event=0x2e,umask=0x41/ # Intel: the architectural LLC misses
    # AMD Zen: cache lines that came from memory; the generic cache-misses are those of the L2.
    if grep -q AuthenticAMD /proc/cpuinfo; then misses=cpu/event=0x44,umask=0x48/; fi
    event_lines="instructions: 'perf::INSTRUCTIONS', cycles: 'perf::CYCLES', llc_misses: '$misses'"
    perf_events=instructions,cycles,$misses
    events_note="Hardware events: instructions, cycles, $misses."
  fi
}

# write_config FILE SOURCE PATTERN
write_config() {
  local window=''
  if [[ $2 == cgroup-duty ]]; then window='window: 100ms, every: 1s, '; fi
  cat >"$1" <<END
interval: 1s
min_instructions: 1000
runtime_directory: $work/run
containers: ['$3']
counting: {${window}max_events: 4, events: {$event_lines, llc_references: none, memory_accesses: none}}
END
}

# The words of a `dcat run` of a source, with this configuration, in run_words.
set_run_words() {
  run_words=("$DCAT" run --mode observe --counters "${1%-duty}" --config "$2" "${dcat_options[@]}")
}

# In the background; its process in dcat_pid. start_dcat SOURCE CONFIG OUTPUT TRACE. False where it ended before its first
# period. That one is seen in the trace: of containers that did not run nothing is printed.
start_dcat() {
  local source=$1 config=$2 output=$3 trace=$4 try
  rm -f "$trace"
  set_run_words "$source" "$config"
  "${run_words[@]}" --record "$trace" >"$output" 2>"$output.messages" &
  dcat_pid=$!
  children+=("$dcat_pid")
  for ((try = 0; try < 600; try++)); do
    if grep -q -m 1 '^{"kind":"decision"' "$trace" 2>/dev/null; then return 0; fi
    kill -0 "$dcat_pid" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

stop_dcat() {
  kill -TERM "$dcat_pid" 2>/dev/null || true
  wait "$dcat_pid" 2>/dev/null || true
}

# Why the source that left these messages could not be used.
reason_of() { grep -v '^meter: ' "$1" | tail -n 1 | sed 's/^dcat: //; s/|/\\|/g'; }

# ---- Containers

# start_fleet BOX OPTIONS...: what it said in fleet_ready.
start_fleet() {
  # shellcheck disable=SC2153  # coproc sets FLEET_PID
  coproc FLEET { exec "$PROGRAMS/fleet" "$@"; }
  fleet_out=${FLEET[0]} fleet_in=${FLEET[1]} fleet_pid=$FLEET_PID
  children+=("$fleet_pid")
  read -r fleet_ready <&"$fleet_out" || die "the containers could not be made"
}

stop_fleet() {
  eval "exec $fleet_in>&-"
  read -r fleet_gone <&"$fleet_out" || die "the containers could not be removed"
  wait "$fleet_pid" || true
  eval "exec $fleet_out<&-"
}

# Runs a command that takes long: a trap waits for what runs in the foreground, and not for this.
patiently() {
  "$@" &
  children+=($!)
  wait $!
}

# ---- Numbers

median() { sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)]; else print "-" }'; }

machine() {
  echo "$(nproc) CPUs of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
    "kernel $(uname -r), load $(cut -d' ' -f1 /proc/loadavg) at the start. $events_note"
}

prepare() {
  need_root
  need_commands linux-perf:perf jq:jq "$@"
  choose_events
  OUT=${OUT:-$work/out}
  mkdir -p "$OUT"
  OUT=$(cd "$OUT" && pwd)
}
