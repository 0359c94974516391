#!/usr/bin/env bash
# A stranger's first hour on a Debian 12 tree, typed for real: what docs/first-hour.md shows. Real containers by podman run on
# this machine, which has no RDT: enforcing is on the emulated node. The transcript goes to TREE.first-hour.
# first_hour.sh BUILD SOURCES TREE
set -uo pipefail
# shellcheck source=tests/packaging/common.sh
source "$(dirname "$0")/common.sh"
need_tree
[[ -c /dev/fuse ]] || skip 'there is no /dev/fuse'
for program in podman runc busybox prometheus tmux curl; do
  command -v "$program" >/dev/null || skip "$program is not installed"
done
own_mounts "$0" "$@"
copy_tree
readonly transcript=$tree.first-hour
podman=(podman --root "$work/../hour.storage" --runroot "$work/../hour.run" --tmpdir "$work/../hour.tmp" --storage-driver vfs
  --cgroup-manager cgroupfs --runtime "$(command -v runc)" --events-backend file)
readonly rootfs=$work/../hour.rootfs
scraper=
clean() {
  [[ -z $scraper ]] || kill "$scraper" 2>/dev/null
  "${podman[@]}" rm --force --time 0 --all >/dev/null 2>&1
  find /sys/fs/cgroup /sys/fs/cgroup/unified -maxdepth 1 -name libpod_parent -exec rmdir {} \; 2>/dev/null
  [[ ! -f $work/root/run.pid ]] || kill -9 "$(cat "$work/root/run.pid")" 2>/dev/null
  umount -lR "$work" 2>/dev/null
  rm -rf --one-file-system "$work" "$work/../hour.storage" "$work/../hour.run" "$work/../hour.tmp" "$rootfs"
}
trap clean EXIT
mount --bind "$work" "$work" # so that a mount namespace can be made in the tree: dcat emulate
mount -t proc proc "$work/proc"
mount --rbind /sys "$work/sys"
mount --rbind /dev "$work/dev"
printf '#!/bin/sh\nexit 101\n' >"$work/usr/sbin/policy-rc.d"
chmod 755 "$work/usr/sbin/policy-rc.d"
cp "$(package "$version-1")" "$work/root/"

# Two containers: one that works, one that mostly waits.
mkdir -p "$rootfs"/{bin,proc,sys,dev,tmp,etc}
cp "$(command -v busybox)" "$rootfs/bin/busybox"
for name in sh sleep; do ln -sf busybox "$rootfs/bin/$name"; done
start() {
  "${podman[@]}" run --detach --name "$1" --net=host --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --pids-limit=0 \
    --rootfs "$rootfs" /bin/sh -c "$2" >>"$work/root/ids" 2>"$work/root/podman" ||
    skip "podman cannot run here: $(tail -1 "$work/root/podman")"
}
start worker 'while :; do :; done'
start waiter 'while :; do sleep 1; done'
id=$(head -1 "$work/root/ids")

in_tree() { (cd "$work" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./root -o -path ./run/lock \
  -o -path ./tmp -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt -o -name '*-' \) -prune \
  -o -print | sort); }
in_tree >"$work/../hour.before"

: >"$transcript"
# type_it COMMAND [LINES]: as typed, and what came of it; beyond so many lines it is cut, which is said.
type_it() {
  local most=${2:-40} lines
  chroot "$work" bash -c "cd /root; $1" >"$work/../hour.out" 2>&1
  echo "exit code $?" >"$work/../hour.code"
  lines=$(wc -l <"$work/../hour.out")
  {
    echo "\$ $1"
    head -n "$most" "$work/../hour.out"
    if ((lines > most)); then echo "[... $((lines - most)) more lines]"; fi
    grep -qx 'exit code 0' "$work/../hour.code" || echo "[$(cat "$work/../hour.code")]"
    echo
  } >>"$transcript"
}
# must WHAT: the last command said that.
must() { grep -qE -- "$1" "$work/../hour.out" || fails "the first hour: no '$1' in: $(head -20 "$work/../hour.out")"; }

type_it "apt-get install -y ./$(basename "$(package "$version-1")") 2>&1 | grep -E '^(Unpacking|Setting up)'" 
must 'Setting up dcat'
type_it 'systemctl is-enabled dcat'
must '^disabled'
type_it 'dcat doctor' 60
must 'This node can'

# This machine may have no hardware counters: what is counted then stands in, and says so.
if ! chroot "$work" timeout 20 dcat run --mode observe --ticks 2 >/dev/null 2>&1; then
  type_it 'dcat run --mode observe --ticks 3' 12
  cat >"$work/etc/dcat/software.yaml" <<'CONFIG'
# A machine without hardware counters: the kernel's own stand in, to see whom dcat finds. They say nothing of the cache.
counting: {events: {cycles: 'perf::TASK-CLOCK', instructions: 'perf::CPU-CLOCK', llc_misses: 'perf::PAGE-FAULTS',
  llc_references: none, memory_accesses: none}}
# Others' containers may run here, too.
containers: ['libpod_parent/libpod-*']
CONFIG
  type_it 'cat /etc/dcat/software.yaml'
  options='--config /etc/dcat/software.yaml'
else
  options="--config <(echo \"containers: ['libpod_parent/libpod-*']\")"
fi
type_it "dcat run --mode observe $options > run.out 2> run.err & echo \$! > run.pid; sleep 4; dcat status" 30
must 'observe'
must "${id:0:12}"
type_it "dcat explain ${id:0:12}" 20
tmux -L "first-hour-$$" -f /dev/null new-session -d -x 80 -y 12 "chroot '$work' dcat top"
sleep 2
{
  echo '$ dcat top'
  tmux -L "first-hour-$$" capture-pane -p
  echo
} | tee "$work/../hour.out" >>"$transcript"
tmux -L "first-hour-$$" kill-server
must "${id:0:12}"
type_it 'dcat mode advise; sleep 2; dcat status' 20
must 'advise'
type_it 'dcat events | tail -4'
type_it 'kill -INT $(cat run.pid); sleep 2; tail -1 run.out; rm run.pid'
must 'Summary: .* nothing was written'

cat >"$work/root/enforce.sh" <<'ENFORCE'
dcat run --mode enforce --counters sim --pace 10 --ticks 120 --listen 127.0.0.1:9470 >run.out 2>run.err &
sleep 6
typed() { echo "# $*"; "$@" 2>&1; echo; }
typed dcat status
typed dcat explain mlr
typed cat /sys/fs/resctrl/dcat.mlr/schemata
typed dcat mode advise
sleep 1
typed dcat status
wait
typed tail -1 run.out
ENFORCE
type_it 'dcat emulate --scenario /usr/share/dcat/scenarios/paper-6x3.yaml -- bash enforce.sh' 90
must 'dCat enforce \(simulated\)'
must 'mlr +Keeper +3->5'
must 'L3:0='

chroot "$work" dcat run --scenario /usr/share/dcat/scenarios/paper-6x3.yaml --pace 1 --listen 127.0.0.1:9470 >/dev/null 2>&1 &
shown=$!
sleep 4
{
  echo "\$ dcat run --scenario /usr/share/dcat/scenarios/paper-6x3.yaml --pace 1 --listen 127.0.0.1:9470 > /dev/null &"
  echo "\$ curl -s http://127.0.0.1:9470/metrics | grep allocated_ways"
  curl -s http://127.0.0.1:9470/metrics | grep allocated_ways | tee "$work/../hour.out"
  echo
} >>"$transcript"
must 'dcat_workload_allocated_ways\{'
cp "$work/usr/share/dcat/prometheus/scrape.yml" "$work/../hour.scrape.yml" 2>/dev/null ||
  cp "$sources/configs/prometheus/scrape.yml" "$work/../hour.scrape.yml"
sed -i 's/scrape_interval: .*/scrape_interval: 1s/; /rule_files/,+1d' "$work/../hour.scrape.yml"
prometheus --config.file="$work/../hour.scrape.yml" --storage.tsdb.path="$work/../hour.run/tsdb" --web.listen-address=127.0.0.1:9490 \
  >"$work/../hour.prometheus" 2>&1 &
scraper=$!
sleep 6
{
  echo "\$ prometheus --config.file=scrape.yml --web.listen-address=127.0.0.1:9490 &"
  echo "\$ curl -s 'http://127.0.0.1:9490/api/v1/query?query=sum(dcat_workload_allocated_ways)'"
  curl -s 'http://127.0.0.1:9490/api/v1/query?query=sum(dcat_workload_allocated_ways)' | tee "$work/../hour.out"
  echo
  echo
} >>"$transcript"
must '"status":"success"'
must '"value":'
kill "$scraper" "$shown" 2>/dev/null
wait 2>/dev/null
scraper=

rm -f "$work/etc/dcat/software.yaml"
type_it "apt-get purge -y dcat 2>&1 | grep -E '^(Removing|Purging)'"
must 'Purging configuration files for dcat'
in_tree >"$work/../hour.after"
if ! diff "$work/../hour.before" "$work/../hour.after" >"$work/../hour.out"; then fails "left behind: $(cat "$work/../hour.out")"; fi
echo 'transcript:'
cat "$transcript"
rm -f "$work"/../hour.{before,after,out,code,scrape.yml,prometheus}
finish 'first hour'
