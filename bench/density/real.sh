#!/usr/bin/env bash
# A node of real parts from Debian, each in a cgroup of its own: redis, memcached, PostgreSQL with pgbench, the stream
# benchmark of stress-ng, sqlite, and the clients that load the first two. Watched by `dcat run --mode observe`; prints
# the table of CPI, MPKI and state per container. The recorded trace, compressed, is kept in OUT.
# Usage: real.sh [SECONDS [SOURCE]]; environment: common.sh
# shellcheck source=bench/density/common.sh
source "$(dirname "$0")/common.sh"
seconds=${1:-60}
source=${2:-auto}
readonly most_trace_bytes=$((1024 * 1024))
PATH=$PATH:$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
prepare redis-server:redis-server redis-tools:redis-benchmark memcached:memcached libmemcached-tools:memcaslap \
  postgresql-15:initdb postgresql-15:pgbench stress-ng:stress-ng sqlite3:sqlite3 zstd:zstd
box=$box_root/real
mkdir -p "$cgroup_root/$box"

# into CONTAINER COMMAND...: in the background, in a cgroup of this name; ended with the cgroup.
into() {
  local directory=$cgroup_root/$box/$1 log=$OUT/real-$1.log
  mkdir -p "$directory"
  shift
  # shellcheck disable=SC2016  # the inner shell expands
  nice sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$directory" "$@" </dev/null >>"$log" 2>&1 &
  disown # the shell need not tell that it was killed
}

wait_until() { # a command that succeeds when it is there
  local try
  for ((try = 0; try < 300; try++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  die "did not start: $*"
}

start_postgres() {
  install -d -o postgres -m 700 "$work/pg"
  # shellcheck disable=SC2016  # the inner shell expands
  into postgresql runuser -u postgres -- env PATH="$PATH" bash -c '
    initdb -D "$0/data" -A trust >/dev/null && exec postgres -D "$0/data" -k "$0" -c listen_addresses= -c shared_buffers=64MB' "$work/pg"
  wait_until runuser -u postgres -- env PATH="$PATH" psql -h "$work/pg" -c 'select 1' postgres
  runuser -u postgres -- env PATH="$PATH" pgbench -h "$work/pg" -i -q -s 10 postgres >/dev/null 2>&1
  into postgresql runuser -u postgres -- env PATH="$PATH" pgbench -h "$work/pg" -c 4 -T 100000 postgres
}

start_parts() {
  into redis redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --appendonly no --dir "$work"
  into memcached memcached -u nobody -l 127.0.0.1 -p "$memcached_port" -m 64
  start_postgres
  wait_until redis-cli -s "$work/redis.sock" ping
  into clients redis-benchmark -s "$work/redis.sock" -q -l -t get,set -c 8 -d 256 -r 100000
  into clients memcaslap -s "127.0.0.1:$memcached_port" -T 1 -c 8 -t 100000s
  into stream stress-ng --stream 1 --quiet
  into sqlite bash -c 'while :; do sqlite3 :memory: "create table t(a integer primary key, b text);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
    insert into t select i, hex(randomblob(16)) from n; select count(*), max(b) from t where b > \"8\";" >/dev/null; done'
}

memcached_port=$((20000 + $$ % 10000))
start_parts
sleep 2
write_config "$work/config.yaml" "$source" "$box/*"
set_run_words "$source" "$work/config.yaml"
trace=$OUT/real.jsonl
patiently "${run_words[@]}" --ticks "$seconds" --record "$trace" >"$OUT/real.txt" 2>"$OUT/real.messages" ||
  die "$(reason_of "$OUT/real.messages")"
zstd -q -f -19 "$trace" -o "$trace.zst"
bytes=$(stat -c %s "$trace.zst")
echo "Machine: $(machine) $seconds s, source $(head -n 1 "$trace" | jq -r .counters)."
echo
"$PROGRAMS/trace_check" table "$trace"
echo
if [[ $EVENTS == software ]]; then
  echo "With software events CPI is task-clock by cpu-clock, about 1 whatever a program does, and MPKI page faults by" \
    "1,000 ns of cpu-clock: neither says anything about caches, and no state does."
fi
echo "The trace has $(stat -c %s "$trace") bytes, with zstd -19 $bytes; 1 MiB at most: $( ((bytes <= most_trace_bytes)) && echo yes || echo no)."
"$DCAT" replay "$trace" >"$OUT/real-replay.txt" 2>&1 && replayed=yes || replayed=no
echo "Replayed with the same decisions: $replayed."
