#!/usr/bin/env bash
# How long `dcat run --mode enforce` takes from its start to its first decision, beyond the control period, and what memory
# it has after ten: on the emulated node, with simulated counts of that many tenants (`simulated`), and with real cgroups
# that have a process each, one in ten of them at work, counted by perf's software events (`cgroup`).
# Usage: bench/first_decision.sh build/cli/dcat [CONTAINERS [RUNS]]; prints a line a run. Needs root, and for `cgroup` the
# target `fleet`.
set -euo pipefail
dcat=$(realpath "$1")
readonly dcat containers=${2:-250} runs=${3:-5}
fleet=$(dirname "$dcat")/../bench/density/fleet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
  echo 'name: many tenants'
  echo 'domains:'
  echo '  - {id: 0, shared_may_be_empty: false, cpus: 64}'
  echo 'tenants:'
  for ((i = 0; i < containers; i++)); do printf '  - {name: t%04d, contract: %s, workload: {kind: lookbusy}}\n' "$i" "$((i < 15))"; done
} | sed 's/contract: 0,/contract: none,/' >"$work/many.yaml"
cat >"$work/config.yaml" <<CONFIG
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
containers: ['dcat-bench.$$/**']
memory: {enabled: false}
CONFIG
cat >"$work/measure.py" <<'PYTHON'
import re, subprocess, sys, time
name, period, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
begun = time.monotonic()
run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=open('/dev/null', 'w'), text=True)
first, times = None, set()
for line in run.stdout:
    found = re.search(r't=([0-9.]+)s', line)
    if not found:
        continue
    first = first or time.monotonic() - begun
    times.add(found.group(1))
    if len(times) >= 10:
        break
status = open('/proc/%d/status' % run.pid).read()
memory = {key: int(re.search(key + r':\s+(\d+)', status).group(1)) / 1024 for key in ('VmRSS', 'VmHWM')}
run.terminate()
run.stdout.read()
run.wait()
print('%s: first decision %.2f s after the start, %.2f s beyond the period; resident %.1f MiB, at most %.1f MiB'
      % (name, first, first - period, memory['VmRSS'], memory['VmHWM']))
PYTHON
for ((run = 0; run < runs; ++run)); do
  "$dcat" emulate --scenario "$work/many.yaml" -- python3 "$work/measure.py" "simulated, $containers" 1 \
    "$dcat" run --mode enforce --counters sim --pace 1 --ticks 1000 --config "$work/config.yaml"
done
[[ -x $fleet ]] || exit 0
coproc fleet_process { exec "$fleet" "dcat-bench.$$" --containers "$containers" --busy $((containers / 10)); }
read -r ready <&"${fleet_process[0]}"
echo "$ready"
for ((run = 0; run < runs; ++run)); do
  "$dcat" emulate -- python3 "$work/measure.py" "cgroup, $containers" 1 \
    "$dcat" run --mode enforce --counters cgroup --config "$work/config.yaml"
done
kill "$fleet_process_PID"
wait 2>/dev/null || true
