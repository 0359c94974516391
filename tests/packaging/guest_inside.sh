#!/usr/bin/env bash
# Run by guest.sh in the virtual machine, as a service: install, start, watch, hang, reload, restart, stop, purge. The last line
# of the output is the verdict.
set -uo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
failures=0
fails() {
  echo "FAILED: $*"
  failures=$((failures + 1))
  journalctl -b --no-pager -q -n 12 -u dcat.service -o cat
}
# wait_until COMMAND...: within 60 s; the CPU is emulated.
wait_until() {
  local i
  for ((i = 0; i < 120; ++i)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  return 1
}
show() { systemctl show -P "$1" dcat.service; }
said() { journalctl -b -q -u dcat.service -o cat | grep -c -F -- "$1"; }
has_said() { (($(said "$1") >= 1)); }

dpkg -i /root/dcat_*.deb >/root/log 2>&1 || fails "install: $(cat /root/log)"
[[ $(systemctl is-enabled dcat.service) == disabled ]] || fails 'enabled after installing'
# This machine has no hardware counters.
cat >/etc/dcat/dcat.yaml <<'CONFIG'
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
CONFIG
# A minute's watchdog would take a minute.
mkdir -p /run/systemd/system/dcat.service.d
printf '[Service]\nWatchdogSec=10s\n' >/run/systemd/system/dcat.service.d/soon.conf
systemctl daemon-reload

started=$(date +%s%N)
if ! systemctl enable --now dcat.service; then
  fails 'it does not start'
  echo 'guest: 1 failure at the start'
  exit
fi
echo "started and ready in $((($(date +%s%N) - started) / 1000000)) ms"
[[ $(show Type) == notify && $(systemctl is-active dcat.service) == active ]] || fails "it is $(systemctl is-active dcat.service), $(show Type)"
tells() { [[ $(show StatusText) == 'mode observe, '*' containers, '*' decisions'* ]]; }
wait_until tells || fails "its status line: $(show StatusText)"
echo "status: $(show StatusText)"
dcat status --json >/dev/null || fails 'no status'
pid=$(show MainPID)
# dac_override, perfmon and bpf, where it counts by that; Debian's kernels, by themselves, want sys_admin for events.
kept=$((16#$(sed -n 's/^CapEff:\s*//p' "/proc/$pid/status"))) want=$(((1 << 1) | (1 << 38)))
if has_said 'counters: bpf'; then want=$((want | (1 << 39))); fi
if (($(sysctl -n kernel.perf_event_paranoid) >= 3)); then want=$((want | (1 << 21))); fi
((kept == want)) || fails "$(grep CapEff "/proc/$pid/status"), want $(printf %x "$want")"
journalctl -b -q -u dcat.service -o cat | grep -m1 privileges

# More than two times of the watchdog: fed by the loop, it lives.
sleep 25
[[ $(show MainPID) == "$pid" && $(show NRestarts) == 0 ]] || fails 'a loop that runs was restarted'

# One that hangs is killed by the watchdog and started again.
kill -STOP "$pid"
restarted() { (($(show NRestarts) >= 1)) && [[ $(show MainPID) != "$pid" && $(systemctl is-active dcat.service) == active ]]; }
wait_until restarted || fails "not restarted: NRestarts $(show NRestarts), $(systemctl is-active dcat.service)"
journalctl -b -q --no-pager -o cat | grep -q 'dcat.service: Watchdog timeout' || fails 'the watchdog did not bite'
echo "hung, and started again: $(journalctl -b -q --no-pager -o cat | grep -m1 'Watchdog timeout')"

# A bad configuration is refused, a good one taken, by the same process.
pid=$(show MainPID)
cp /etc/dcat/dcat.yaml /root/good
echo 'intervall: 2s' >>/etc/dcat/dcat.yaml
systemctl reload dcat.service || fails 'reload'
wait_until has_said 'is refused, what is in force stays' || fails 'a bad configuration is not refused'
has_said 'intervall' || fails 'what is wrong is not said'
{
  cat /root/good
  echo 'interval: 2s'
} >/etc/dcat/dcat.yaml
systemctl reload dcat.service || fails 'reload'
wait_until has_said 'is in force: interval' || fails 'a good configuration is not taken'
[[ $(show MainPID) == "$pid" && $(systemctl is-active dcat.service) == active ]] || fails 'reloading ended it'

# Restarted, stopped, purged.
systemctl restart dcat.service || fails 'restart'
[[ $(show MainPID) != "$pid" && $(systemctl is-active dcat.service) == active ]] || fails 'not restarted'
systemctl stop dcat.service
[[ $(show Result) == success ]] || fails "stopping: $(show Result)"
[[ ! -S /run/dcat/dcat.sock ]] || fails 'the socket is left'
systemctl start dcat.service || fails 'start'
dpkg -P dcat >/root/log 2>&1 || fails "purge: $(cat /root/log)"
for path in /run/dcat /var/lib/dcat /etc/dcat /usr/bin/dcat /usr/share/dcat; do
  if [[ -e $path ]]; then fails "$path is still there"; fi
done
if grep -lx dcat /proc/[0-9]*/comm 2>/dev/null; then fails 'the daemon still runs'; fi
if systemctl list-units --all 'dcat*' --no-legend | grep -v not-found | grep .; then fails 'a unit is still loaded'; fi
if ((failures == 0)); then echo 'guest: all right'; else echo "guest: $failures failures"; fi
