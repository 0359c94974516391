#!/usr/bin/env bash
# Debian's Prometheus, started by hand with the scrape configuration and the rules that are shipped, asks a simulated run
# and is asked what it has got: prometheus.sh DCAT SOURCE_DIR.
#
#   1. the target is up, and every metric of the exposition is queried under its name
#   2. ways of an L3 add up, states are one of six, counters only grow, what is simulated says so
#   3. no alert fires beside a well run; when the daemon ends, DcatGone does
#
# Exit code 77: skipped, with its reason. Nothing is left running, no service is started.
set -euo pipefail
readonly dcat=$1 source=$2
for tool in prometheus python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed"
    exit 77
  fi
done
work=$(mktemp -d)
run= prometheus=
cleanup() {
  for pid in $run $prometheus; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

: >"$work/log"
"$dcat" run --scenario "$source/configs/scenarios/phases.yaml" --pace 1 --ticks 100000 --listen 127.0.0.1:0 \
  >/dev/null 2>"$work/log" &
run=$!
address=
for ((i = 0; i < 100; i++)); do
  address=$(sed -n 's|.*web: http://\([^/]*\)/ .*|\1|p' "$work/log")
  if [[ -n $address ]]; then break; fi
  sleep 0.1
done
if [[ -z $address ]]; then
  cat "$work/log"
  exit 1
fi

# As it is shipped, but for the address, a rhythm that a test can wait for, and a minute that is ten seconds.
cp "$source/configs/prometheus/dcat.rules.yml" "$work/"
sed -i 's/for: 2m/for: 4s/' "$work/dcat.rules.yml"
{
  echo 'global: {evaluation_interval: 1s}'
  sed -e "s/127.0.0.1:9470'/$address'/" -e 's/scrape_interval: 15s/scrape_interval: 1s/' "$source/configs/prometheus/scrape.yml"
} >"$work/prometheus.yml"
grep -q "targets: \['$address'\]" "$work/prometheus.yml"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address="127.0.0.1:$port" \
  --log.level=warn >"$work/prometheus.log" 2>&1 &
prometheus=$!

code=0
python3 - "$port" "$address" "$run" <<'EOF' || code=$?
import json, os, re, signal, sys, time, urllib.parse, urllib.request

port, address, run = sys.argv[1], sys.argv[2], int(sys.argv[3])


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def query(expression):
    url = "http://127.0.0.1:%s/api/v1/query?%s" % (port, urllib.parse.urlencode({"query": expression}))
    answer = json.loads(fetch(url))
    assert answer["status"] == "success", answer
    return answer["data"]["result"]


def value(expression):
    result = query(expression)
    assert len(result) == 1, "%s: %s" % (expression, result)
    return float(result[0]["value"][1])


def wait_for(words, condition, patience=60):
    until = time.monotonic() + patience
    while True:
        try:
            if condition():
                return
        except (OSError, AssertionError):
            pass
        if time.monotonic() > until:
            sys.exit("FAILED: waited in vain: " + words)
        time.sleep(0.5)


def require(condition, words):
    if not condition:
        sys.exit("FAILED: " + words)


wait_for("the target is up", lambda: value('up{job="dcat"}') == 1)
wait_for("a baseline is scraped", lambda: len(query("dcat_workload_baseline_ipc_ratio")) >= 3)
time.sleep(12)

text = fetch("http://%s/metrics" % address)
names = re.findall(r"^# TYPE (\S+) (\S+)", text, re.M)
for name, kind in names:
    asked = name + "_count" if kind == "histogram" else name
    require(query(asked), "Prometheus does not know " + asked)
print("all of %d metrics are there" % len(names))

require(value("sum(dcat_workload_allocated_ways * on (workload, cache_id) dcat_workload_dedicated) + sum(dcat_domain_shared_ways)")
        == value("sum(dcat_domain_ways)"), "the ways do not add up")
require(all(float(r["value"][1]) == 1 for r in query("sum by (workload, cache_id) (dcat_workload_state)")),
        "a container has another number of states than one")
rates = query("rate(dcat_workload_instructions_total[10s])")
require(len(rates) == 4 and max(float(r["value"][1]) for r in rates) > 1e6, "instructions do not grow: %s" % rates)
decisions = value("rate(dcat_decisions_total[10s])")
require(0.7 < decisions < 1.3, "%g decisions a second" % decisions)
require(value('dcat_build_info{simulated="true"}') == 1, "it does not say that it is simulated")
require(abs(time.time() - value("dcat_last_decision_timestamp_seconds")) < 5, "the last decision is not a moment ago")
require(value('dcat_mode{mode="enforce"}') == 1, "it does not enforce")
require(not query("ALERTS"), "alerts beside a well run: %s" % query("ALERTS"))
rules = json.loads(fetch("http://127.0.0.1:%s/api/v1/rules" % port))["data"]["groups"][0]["rules"]
require(len(rules) >= 6 and all(r["health"] == "ok" for r in rules), "rules are not well: %s" % rules)

os.kill(run, signal.SIGTERM)
wait_for("DcatGone fires", lambda: value('ALERTS{alertname="DcatGone",alertstate="firing"}') == 1)
print("passed: %g decisions a second, %d rules are well, DcatGone fires after the end" % (decisions, len(rules)))
EOF
if ((code != 0)); then
  tail -n 5 "$work/prometheus.log" "$work/log"
  exit 1
fi
