#!/usr/bin/env bash
# A sweep on a real Slurm: Debian's slurm-wlm on this machine alone, with a configuration, keys and ports of its own.
#
#   1. configs/slurm/dcat-sweep.sbatch as an array of 4 tasks; its merged results are those of the run in one piece
#   2. tasks numbered 10, 13, 16 by --array=10-16:3 are shards 1, 2 and 3
#   3. a result file cut off in the middle and one that is gone: --merge tells both, the two tasks are sent again alone,
#      the cut one goes on where it was, and the results are complete
#   4. an array with holes and no DCAT_SHARDS is refused by every task
#
# Usage: slurm_sweep.sh DCAT SOURCES. Exit code: 0 passed, 1 failed, 77 skipped, with its reason.
set -euo pipefail
export LC_ALL=C

dcat=$(realpath "$1")
sources=$(realpath "$2")
readonly dcat sources
readonly patience=120 # seconds for Slurm to start, or an array to end

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# ---- what the machine must have -------------------------------------------------------------------------------------
[ "$(id -u)" = 0 ] || skip "slurmd needs root"
for program in slurmctld slurmd munged mungekey sbatch squeue scontrol; do
  command -v $program > /dev/null || skip "$program is not installed (apt-get install slurm-wlm munge)"
done
"$dcat" simulate --help 2> /dev/null | grep -q -e --merge || skip "this dcat has no simulate --merge"

# ---- a Slurm of our own ---------------------------------------------------------------------------------------------
work=$(mktemp -d /tmp/dcat-slurm-XXXXXX)
pids=()
job=
clean_up() {
  local code=$?
  if [ $code = 1 ]; then tail -n 20 "$work"/*.log "$work"/run/*.log >&2 2> /dev/null || true; fi
  # What still runs of our job, then the daemons, the last one first.
  [ -z "$job" ] || scancel "$job" > /dev/null 2>&1 || true
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill "${pids[i]}" 2> /dev/null || true; done
  for ((i = 0; i < 50; i++)); do kill -0 "${pids[@]}" 2> /dev/null || break; sleep 0.1; done
  [ ${#pids[@]} -eq 0 ] || kill -9 "${pids[@]}" 2> /dev/null || true
  wait 2> /dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
chmod 755 "$work"
mkdir "$work/run" "$work/state" "$work/spool" "$work/munge"
chmod 700 "$work/munge"

# Nobody listens there just now.
free_port() {
  local port
  for ((port = 20000 + RANDOM % 10000; ; port++)); do
    if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then echo $port; return; fi
  done
}
node=$(hostname -s)
controller_port=$(free_port)
node_port=$(free_port)
while [ "$node_port" = "$controller_port" ]; do node_port=$(free_port); done

mungekey --create --keyfile "$work/munge/key"
munged --foreground --force --key-file "$work/munge/key" --socket "$work/run/munge.socket" \
  --pid-file "$work/munge/pid" --seed-file "$work/munge/seed" --log-file "$work/munge/log" > "$work/munged.log" 2>&1 &
pids+=($!)

# Neither cgroups nor a slurm user are asked for, so it runs in a container too.
cat > "$work/slurm.conf" << END
ClusterName=dcat
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$work/run/munge.socket
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/run/slurmctld.pid
SlurmdPidFile=$work/run/slurmd.pid
SlurmctldLogFile=$work/run/slurmctld.log
SlurmdLogFile=$work/run/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
MailProg=/bin/true
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
END
echo "CgroupAutomount=no" > "$work/cgroup.conf"
export SLURM_CONF=$work/slurm.conf
unset DCAT_SHARDS SLURM_ARRAY_TASK_ID JOB_COMPLETION_INDEX

wait_for() { # WHAT COMMAND...
  local what=$1 end=$((SECONDS + patience))
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "$what: not within $patience s"
    sleep 0.2
  done
}
socket_is_there() { [ -S "$work/run/munge.socket" ]; }
wait_for "munged starts" socket_is_there
slurmctld -D -c > "$work/slurmctld.log" 2>&1 &
pids+=($!)
slurmd -D -N "$node" > "$work/slurmd.log" 2>&1 &
pids+=($!)
node_is_idle() { [ "$(sinfo --noheader --format=%t 2> /dev/null)" = idle ]; }
wait_for "the node is idle" node_is_idle

# ---- a small experiment ---------------------------------------------------------------------------------------------
cd "$work"
printf '%s\n' steep,level steep,steep,level level,steep,level,steep > mixes.csv
readonly experiment=(--curves "$sources/tests/sim/fixtures/made-up.csv" --mixes mixes.csv --ways 8
  --policy "shared,static,ucp" --periods 20 --noise measured --sweep "seed=1,2")
# The rows without solve_us, which is a time.
rows_of() { # CSV
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "solve_us") time = i }
           { $time = ""; print }' "$1"
}
"$dcat" simulate "${experiment[@]}" --format csv > whole.csv
rows_of whole.csv > whole
[ "$(wc -l < whole)" -gt 12 ] || fail "the experiment has too few rows: $(cat whole.csv)"

submit() { # ARRAY RESULTS: waits for all tasks; what they say is in RESULTS.log
  local array=$1 results=$2
  job=$(DCAT=$dcat DCAT_RESULTS=$results sbatch --parsable --array="$array" --output="$results-%a.log" --mem=100 \
    "$sources/configs/slurm/dcat-sweep.sbatch" "${experiment[@]}")
  array_has_ended() { [ -z "$(squeue --noheader --job "$job" 2> /dev/null)" ]; }
  wait_for "job $job ($array)" array_has_ended
}
complete() { # RESULTS: merged, they are the whole
  "$dcat" simulate --merge "$1"/results-*.jsonl --format csv > "$1.csv" 2> "$1.err" || fail "merge: $(cat "$1.err")"
  rows_of "$1.csv" | diff - whole >&2 || fail "$1: the merged results are not those of one run"
}

# ---- 1: an array ----------------------------------------------------------------------------------------------------
submit 1-4 all
[ "$(find all -name 'results-*.jsonl' | wc -l)" = 4 ] || fail "not 4 result files: $(ls all)"
for k in 1 2 3 4; do
  head -n 1 all/results-$k.jsonl | grep -q "\"shard\":\"$k/4\"" || fail "results-$k is of another shard"
done
complete all
echo "an array of 4 tasks: as in one run"

# ---- 2: numbers from elsewhere --------------------------------------------------------------------------------------
submit 10-16:3 steps
head -n 1 steps/results-13.jsonl | grep -q '"shard":"2/3"' || fail "task 13 of 10-16:3 is not shard 2/3"
complete steps
echo "an array that starts at 10 and goes by 3: as in one run"

# ---- 3: interrupted -------------------------------------------------------------------------------------------------
rm all/results-3.jsonl
size=$(stat -c %s all/results-2.jsonl)
truncate -s $((size - 20)) all/results-2.jsonl
kept=$(head -n -1 all/results-2.jsonl | sha256sum)
"$dcat" simulate --merge all/results-*.jsonl --format csv > part.csv 2> part.err && fail "gaps are no error"
grep -q "missing" part.err || fail "the gaps are not told: $(cat part.err)"
grep -q "3/4" part.err || fail "the missing shard is not named: $(cat part.err)"
export DCAT_SHARDS=4
submit 2,3 all
unset DCAT_SHARDS
# Its tasks before the cut are as they were, times and all: nothing was run again.
[ "$(head -n "$(head -n -1 all/results-2.jsonl | wc -l)" all/results-2.jsonl | sha256sum)" = "$kept" ] ||
  fail "shard 2 did not go on where it was"
complete all
echo "one shard cut off and one gone: sent again, as in one run"

# ---- 4: an array with holes -----------------------------------------------------------------------------------------
submit 1,2,4 holes
if compgen -G "holes/*.jsonl" > /dev/null; then fail "a task of an array with holes wrote results"; fi
grep -q "DCAT_SHARDS" holes-4.log || fail "nothing says what to do about an array with holes: $(cat holes-4.log)"
echo "an array with holes: refused"
echo passed
