#!/usr/bin/env bash
# Run by booted.sh in the container, as a service: install, enable, enforce, crash, upgrade and purge, each with a look at the
# node. The last line of the output is the verdict.
set -uo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
readonly resctrl=/sys/fs/resctrl
failures=0
fails() {
  echo "FAILED: $*"
  failures=$((failures + 1))
  journalctl -b --no-pager -q -n 15 -u dcat.service
}
# until COMMAND...: within 20 s.
wait_until() {
  local i
  for ((i = 0; i < 200; ++i)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  return 1
}
# What the node looks like: names and masks. Not tasks, which come and go.
node() {
  find "$resctrl" -path "$resctrl/mon_data" -prune -o -type d -print | sort
  cat "$resctrl/schemata" "$resctrl/mode" "$resctrl/cpus"
}
pid() { systemctl show -P MainPID dcat.service; }
in_force() { [[ -d $resctrl/dcat.prepared:start ]] && grep -q '0=3ffff' "$resctrl/schemata" && dcat status --json; }
# running_but PID: another process of the service than this one, and its partitions are in force.
running_but() { [[ $(pid) != 0 && $(pid) != "$1" ]] && in_force; }
said() { journalctl -b -q -u dcat.service -o cat | grep -c -- "$1"; }
told() { (($(said "$1") >= 1)); }
as_before() { [[ $(node) == "$before" ]]; }
install() { dpkg -i /root/dcat_*-"$1"_*.deb >/root/log 2>&1 || fails "install of -$1: $(cat /root/log)"; }

before=$(node)
install 1
[[ $(systemctl is-enabled dcat.service) == disabled ]] || fails 'enabled after installing'
[[ $(systemctl is-active dcat.service) == inactive ]] || fails 'started by installing'

# This machine may have no hardware counters; what is counted does not matter here. Nothing runs in the prepared group.
cat >/etc/dcat/dcat.yaml <<CONFIG
mode: enforce
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
hooks: {prepared: [{name: start, contract: 2}]}
containers: ['none.slice/**']
CONFIG
systemctl enable --now dcat.service || fails 'it does not start'
if journalctl -b -q -u dcat.service -o cat | grep -q 'no counters\|cannot count'; then
  echo 'skipped: this machine counts nothing, not even in software'
  exit
fi
wait_until in_force || fails "not in force: $(node)"
[[ $(stat -c '%a %U:%G' /run/dcat/dcat.sock) == '660 root:dcat' ]] || fails "the socket: $(stat -c '%a %U:%G' /run/dcat/dcat.sock)"
[[ $(stat -c '%a %U:%G' /run/dcat) == '755 root:root' ]] || fails '/run/dcat has another mode'
[[ $(stat -c '%a %U:%G' /var/lib/dcat) == '700 root:root' ]] || fails '/var/lib/dcat has another mode'
[[ $(systemctl is-active dcat-reset.timer) == active ]] || fails 'the timer that gives the node back does not run'
# Members of the group may ask, others not.
useradd --system --groups dcat reader
setpriv --reuid reader --regid nogroup --init-groups dcat status --json >/dev/null || fails 'a member of the group may not ask'
if setpriv --reuid nobody --regid nogroup --clear-groups dcat status --json >/dev/null 2>&1; then fails 'anybody may ask'; fi

# Reloaded: a bad configuration changes nothing, a good one is taken by the same process.
before_reload=$(pid)
cp /etc/dcat/dcat.yaml /root/right
echo 'intervall: 1s' >>/etc/dcat/dcat.yaml
systemctl reload dcat.service
wait_until told intervall || fails 'the mistake is not told'
in_force >/dev/null || fails 'a bad configuration has changed something'
sed 's/mode: enforce/mode: observe/' /root/right >/etc/dcat/dcat.yaml
systemctl reload dcat.service
wait_until as_before || fails 'mode: observe was not taken'
cp /root/right /etc/dcat/dcat.yaml
systemctl reload dcat.service
wait_until in_force || fails 'mode: enforce was not taken'
[[ $(pid) == "$before_reload" ]] || fails 'reloading has restarted it'
# Its loop feeds the watchdog.
[[ $(systemctl show -P WatchdogTimestampMonotonic dcat.service) != 0 ]] || fails 'the watchdog is not fed'
[[ $(systemctl show -P StatusText dcat.service) == *enforce* ]] || fails "status: $(systemctl show -P StatusText dcat.service)"

# A crash: systemd starts it again, and it goes on with the groups it finds.
first=$(pid) group=$(stat -c %i "$resctrl/dcat.prepared:start")
kill -9 "$first"
wait_until running_but "$first" || fails 'not started again after a crash'
[[ $(said "adopted what an earlier run (pid $first)") == 1 ]] || fails 'what was in force was not adopted after a crash'

# A process that stands still is killed and started again; sooner here than WatchdogSec in the unit has it.
mkdir -p /run/systemd/system/dcat.service.d
printf '[Service]\nWatchdogSec=5s\nTimeoutAbortSec=1s\n' >/run/systemd/system/dcat.service.d/soon.conf
systemctl daemon-reload
systemctl restart dcat.service
wait_until in_force || fails 'not in force'
still=$(pid)
kill -STOP "$still"
wait_until running_but "$still" || fails 'one that stands still is not started again'
(($(said 'Watchdog timeout') >= 1)) || fails 'it was not the watchdog'
rm -r /run/systemd/system/dcat.service.d
systemctl daemon-reload

# An upgrade restarts it likewise, and leaves the configuration alone.
second=$(pid)
install 2
wait_until running_but "$second" || fails 'not running after the upgrade'
[[ $(said "adopted what an earlier run (pid $second)") == 1 ]] || fails 'what was in force was not adopted after the upgrade'
[[ $(stat -c %i "$resctrl/dcat.prepared:start") == "$group" ]] || fails 'the group is another one'
grep -q 'mode: enforce' /etc/dcat/dcat.yaml || fails 'the configuration is not kept'
[[ $(systemctl is-enabled dcat.service) == enabled ]] || fails 'disabled by the upgrade'

# Stopped, the node is as it was; an upgrade does not start it.
systemctl stop dcat.service
[[ $(node) == "$before" ]] || fails "the node is not as it was: $(diff <(echo "$before") <(node))"
[[ $(systemctl show -P Result dcat.service) == success ]] || fails "stopping: $(systemctl show -P Result dcat.service)"
install 1
[[ $(systemctl is-active dcat.service) == inactive ]] || fails 'the upgrade has started it'

# Killed for good: what it leaves is undone by the timer's service, once nobody can take over any more.
echo 'adopt_within: 1s' >>/etc/dcat/dcat.yaml
systemctl start dcat.service
wait_until in_force || fails 'not in force'
systemctl kill --signal=KILL dcat.service
systemctl stop dcat.service
[[ -d $resctrl/dcat.prepared:start ]] || fails 'nothing was left to undo'
sleep 3
systemctl start dcat-reset.service || fails 'dcat-reset.service fails'
[[ $(node) == "$before" ]] || fails "not undone: $(diff <(echo "$before") <(node))"

# Wrong configuration: said, and not tried again and again.
cp /etc/dcat/dcat.yaml /root/right
echo 'intervall: 1s' >>/etc/dcat/dcat.yaml
systemctl start dcat.service 2>/dev/null
sleep 2
[[ $(systemctl is-active dcat.service) == failed ]] || fails 'a wrong configuration is tried again'
(($(said 'did you mean') >= 1)) || fails 'what is wrong is not said'
cp /root/right /etc/dcat/dcat.yaml

# Purged while it enforces.
systemctl reset-failed dcat.service
systemctl start dcat.service
wait_until in_force || fails 'not in force'
userdel reader
dpkg -P dcat >/root/log 2>&1 || fails "purge: $(cat /root/log)"
[[ $(node) == "$before" ]] || fails "the node is not as it was: $(diff <(echo "$before") <(node))"
for path in /run/dcat /var/lib/dcat /etc/dcat /usr/bin/dcat /usr/share/dcat /usr/share/doc/dcat; do
  if [[ -e $path ]]; then fails "$path is still there: $(ls -lR "$path")"; fi
done
if find /etc/systemd /var/lib/systemd -name '*dcat*' -o -name '*resctrl*' | grep .; then fails 'systemd still knows a unit'; fi
if getent group dcat; then fails 'the group is still there'; fi
if grep -lx dcat /proc/[0-9]*/comm 2>/dev/null; then fails 'the daemon still runs'; fi
if systemctl list-units --all 'dcat*' --no-legend | grep -v not-found | grep .; then fails 'a unit is still loaded'; fi
if ((failures == 0)); then echo 'booted: all right'; else echo "booted: $failures failures"; fi
