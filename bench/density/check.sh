#!/usr/bin/env bash
# Do the programs of this folder measure what they say, and leave nothing behind? Traces and logs made by hand, commands
# of a known cost, and, as root on a machine with cgroup2, a few real cgroups. No figures.
# Usage: check.sh PROGRAMS. Exit code 1 where something is wrong.
set -euo pipefail
programs=$(cd "$1" && pwd)
readonly programs
work=$(mktemp -d)
box=dcat-bench.check$$
trap '"$programs/fleet" --clean "$box" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
wrong=0

# expect WHAT CODE COMMAND...: the command's exit code; its output in ./output
expect() {
  local what=$1 want=$2 code=0
  shift 2
  "$@" >output 2>&1 || code=$?
  if ((code == want)); then return; fi
  echo "wrong: $what: exit code $code, want $want: $*"
  sed 's/^/    /' output
  wrong=1
}
expect_text() { # WHAT TEXT: in ./output
  if ! grep -qF -- "$2" output; then
    echo "wrong: $1: \"$2\" is not in:"
    sed 's/^/    /' output
    wrong=1
  fi
}

# ---- trace_check churn: a lived 3 s, b 1 s, c 2 s; periods end at 1, 2, 3 s

trace() { # SECONDS:CONTAINERS...
  echo '{"kind":"header","interval_ns":1000000000}'
  local period at name ids rows separator
  for period in "$@"; do
    at=${period%%:*}000000000 ids='' rows='' separator=''
    for name in ${period#*:}; do
      ids+="$separator{\"id\":\"$name\"}" rows+="$separator{\"container\":\"$name\",\"state\":\"Unknown\",\"metrics\":{\"cpi\":1,\"mpki\":2}}"
      separator=,
    done
    echo "{\"kind\":\"observation\",\"at_ns\":$at,\"containers\":[$ids],\"domains\":[]}"
    echo "{\"kind\":\"decision\",\"at_ns\":$at,\"domains\":[{\"id\":0,\"containers\":[$rows]}]}"
  done
}
printf 'a 0 3000000000\nb 0 1000000000\nc 1000000000 3000000000\n' >log
trace '1:a' '2:a c' '3:a c' >good
expect 'everybody who lived 2 s was seen' 0 "$programs/trace_check" churn log good --least 2
expect_text 'the table of a churn' '| 3 | 2 | 2 | 2 | 2 | 0 | 3 | 1.000 intervals |'
trace '1:a' '2:a' '3:a' >blind
expect 'c lived exactly 2 s and was not seen' 1 "$programs/trace_check" churn log blind --least 2
expect_text 'who was missed' 'not classified: c'
grep -v '"at_ns":2000000000,"dom\|"at_ns":3000000000,"dom' good >undecided
expect 'c was observed, and there is no decision' 1 "$programs/trace_check" churn log undecided --least 2
trace '1:a' '3:a c' >late
expect 'a tick two intervals after the one before' 1 "$programs/trace_check" churn log late --least 2
sed '/"at_ns":[23].*decision\|decision.*"at_ns":[23]/s/"container":"c","state":"Unknown","metrics":{[^}]*}/"container":"c","state":"Unknown","metrics":{"absent":"not_counted"}/' good >unmeasured
expect 'c had a state and never metrics' 1 "$programs/trace_check" churn log unmeasured --least 2
expect_text 'a state without metrics' '| 3 | 2 | 2 | 2 | 1 | 0 | 3 | 1.000 intervals |'
expect_text 'who had no metrics' 'not classified: c'
expect 'two lived 2 s where three should have' 1 "$programs/trace_check" churn log good --least 3
expect_text 'too few long lives' '2 lived 2 s or more, 3 should have'
expect 'a run of a full size has 1,000' 1 "$programs/trace_check" churn log good
printf 'b 0 1000000000\n' >brief
expect 'nobody lived long enough' 1 "$programs/trace_check" churn brief good --least 1
expect 'there is no trace' 2 "$programs/trace_check" churn log nothing

# ---- trace_check rates: 2 domains; counts that were on a counter for half of the time count twice

sample() { echo "{\"at_ns\":$1,\"enabled_ns\":$1,\"instructions\":$2,\"cycles\":$3,\"llc_misses\":[$4,$(($1 / 2))]}"; }
series() { echo "{\"id\":$1,\"series\":[{\"container\":0,\"samples\":[$2]}]}"; }
{
  echo '{"kind":"header","interval_ns":1000000000}'
  echo "{\"kind\":\"observation\",\"at_ns\":1,\"containers\":[{\"id\":\"a\"}],\"domains\":[$(series 0 "$(sample 1000000000 1000 2000 1)"),$(series 1 "$(sample 1000000000 0 0 0)")]}"
  echo "{\"kind\":\"observation\",\"at_ns\":2,\"containers\":[{\"id\":\"a\"}],\"domains\":[$(series 0 "$(sample 3000000000 5000 8000 3)"),$(series 1 "$(sample 3000000000 1000 4000 1)")]}"
} >counts
expect 'rates over two domains' 0 "$programs/trace_check" rates counts
expect_text 'rates over two domains' 'a 5000 2500 3.000 2.00000 1.20000000'
cp counts partly
echo '{"kind":"observation","at_ns":3,"containers":[{"id":"a"}],"domains":[{"id":0}]}' >>partly
echo '{"kind":"observation","at_ns":4}' >>partly
expect 'empty lists are left out' 0 "$programs/trace_check" rates partly
expect 'one sample a period' 0 "$programs/trace_check" samples counts
expect_text 'one sample a period' '1'

# ---- trace_check agree

printf 'perf a 2.0 10\n' >p
printf 'cgroup a 2.05 9.8\n' >near
printf 'bpf a 2.0 10.4\n' >far
expect 'within 3 %' 0 "$programs/trace_check" agree p near
expect '4 % off' 1 "$programs/trace_check" agree p near far
expect_text '4 % off' '+4.00 %'
printf 'bpf b 2.0 10\n' >other
expect 'a container that one source did not count' 1 "$programs/trace_check" agree p other
expect 'nothing to compare' 2 "$programs/trace_check" agree p

# ---- trace_check table

expect 'a table' 0 "$programs/trace_check" table good
expect_text 'a table' '| a | 3 | 3 | 1.000 | 2 | Unknown 3 |'

# ---- meter: a command that works 30 ms of every 100 ms, and one that ends too early

cat >work.sh <<'END'
trap 'sleep 0.2; exit 7' TERM
while :; do echo tick; sleep 0.1; done
END
expect 'a command that is measured' 0 "$programs/meter" --interval 0.1 --skip 1 --ticks 5 -- bash work.sh
expect_text 'the exit code of the measured command' '"exit_code":7'
if ! jq -e '.tear_down_s > 0.2 and .tear_down_s < 5 and .rss_kib > 500 and .descriptors >= 3 and .cpu_ms_per_tick > 0 and .cpu_ms_per_tick < 100' output >/dev/null; then
  echo "wrong: what the meter saw: $(cat output)"
  wrong=1
fi
expect 'a command that ends too early' 1 "$programs/meter" --interval 0.1 --ticks 5 -- bash -c 'echo once'
expect 'a command that is not there' 1 "$programs/meter" -- ./nothing

# ---- Names that are nobody's business here

for name in kubepods dcat-bench/../x ../dcat-bench.1 ''; do
  expect "the box \"$name\"" 2 "$programs/fleet" --clean "$name"
done

# ---- Real cgroups

root=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2" && $4 == "/") { print $5; exit } }' /proc/self/mountinfo)
if (($(id -u) != 0)) || [[ -z $root ]] || ! mkdir "$root/$box" 2>/dev/null; then
  echo "no root, or no cgroup2: real cgroups were not tried"
  exit "$wrong"
fi
gone() {
  if [[ -e $root/$box ]]; then
    echo "wrong: $1: $root/$box is still there"
    wrong=1
  fi
}
mkfifo hold
"$programs/fleet" "$box/fleet" --containers 10 --busy 3 --every 5 --work 0.5 <hold >said &
fleet=$!
exec {hold}>hold
for ((i = 0; i < 100; i++)); do if [[ -s said ]]; then break; fi; sleep 0.1; done
sleep 1
members=$(cat "$root/$box"/fleet/c*/cgroup.procs | wc -l)
busy=$(cat "$root/$box"/fleet/c*/cpu.stat | awk '$1 == "usage_usec" && $2 > 20000' | wc -l)
exec {hold}>&-
wait "$fleet" || wrong=1
if ((members != 10 || busy != 3)); then
  echo "wrong: a fleet of 10 with 3 busy had $members processes, $busy of them busy"
  wrong=1
fi
gone 'after a fleet'
rm said
"$programs/fleet" "$box/fleet" --containers 3 < <(exec sleep 20) >said &
fleet=$!
for ((i = 0; i < 100; i++)); do if [[ -s said ]]; then break; fi; sleep 0.1; done
kill -KILL "$fleet"
wait "$fleet" 2>/dev/null || true
sleep 0.5
if ! left=$(cat "$root/$box"/fleet/c0000[012]/cgroup.procs) || [[ -n $left ]]; then
  echo 'wrong: processes outlived their fleet, or it had made no cgroups'
  wrong=1
fi
expect 'cleaning after a crash' 0 "$programs/fleet" --clean "$box/fleet"
gone 'after a crash'
expect 'a second of churn' 0 "$programs/churn" "$box/churn" --rate 20 --seconds 1 --log lives
if ! awk '{ life = ($3 - $2) / 1e9; if (life < 0.09 || life > 11) exit 1 } END { exit NR != 20 }' lives; then
  echo 'wrong: the lives of the churn:'
  cat lives
  wrong=1
fi
gone 'after a churn'
echo 0.3 | "$programs/pingpong" "$box/pingpong" --cpu 0 >output
if ! awk 'NR == 2 && $1 > 0 && $2 > 0 { good = 1 } END { exit !good }' output; then
  echo "wrong: ping-pong said: $(cat output)"
  wrong=1
fi
gone 'after ping-pong'
exit "$wrong"
