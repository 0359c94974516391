# What the tests with real container runtimes and hooks have in common. To be sourced, after own_mounts.
#
# The daemon runs on an emulated node (`dcat emulate`): resctrl is emulated, cgroups, containers and their threads are
# this machine's. Hardware counters are not needed: software events stand in for them, so contracts decide and nobody's
# behaviour does. Everything lies in $work; whatever is mounted is mounted in a namespace of the test's own and goes with
# it. Exit code 77: skipped, with the reason printed.
# shellcheck shell=bash disable=SC2034
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
sources=$(cd "$here/../.." && pwd)
readonly sources
# shellcheck source=tests/emulated/common.sh
source "$here/../emulated/common.sh"

say() { echo "$*" >&2; }

# own_mounts SCRIPT ARGUMENTS...: the script once more, in a mount namespace of its own.
own_mounts() {
  if [[ ${DCAT_OWN_MOUNTS:-} == 1 ]]; then return; fi
  if (($(id -u) != 0)); then skip 'containers and the emulated node need root'; fi
  unshare --mount --propagation private true 2>/dev/null || skip 'no mount namespace can be made here'
  DCAT_OWN_MOUNTS=1 exec unshare --mount --propagation private bash "$@"
}

# need_programs PACKAGES PROGRAM...
need_programs() {
  local packages=$1 program
  shift
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is not installed (apt-get install $packages)"
  done
}

# need_hooks DCAT: a dcat that has what is tested here.
need_hooks() {
  "$1" hook --help 2>/dev/null | grep -q oci || skip 'this dcat has no dcat hook'
}

# ---- Making and cleaning up

work=
started=() # processes of ours, killed at the end, the last one first
ends=()    # functions to be called at the end, the last one first

# make_work NAME: $work, and everything cleaned up when the script ends.
make_work() {
  work=$(mktemp -d "/tmp/dcat-$1-XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT TERM
}

clean_up() {
  local code=$? i
  trap - EXIT
  set +e
  if ((code != 0 && code != 77)); then tail -n 15 "$work"/*.log >&2 2>/dev/null; fi
  for ((i = ${#ends[@]} - 1; i >= 0; i--)); do "${ends[i]}" >/dev/null 2>&1; done
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do end_process "${started[i]}"; done
  remove_work
  exit "$code"
}

# end_process PID: asked to end, and killed when it does not within 5 s. Also one that is stopped.
end_process() {
  kill -TERM "$1" 2>/dev/null || return 0
  kill -CONT "$1" 2>/dev/null
  await 5 gone "$1" || kill -KILL "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  return 0
}

# A zombie of ours that nobody has waited for is gone too.
gone() {
  local state
  state=$(sed -n 's/^State:[^A-Z]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
  [[ -z $state || $state == Z ]]
}

# Nothing that is mounted below it is touched: then it stays, and it is said.
remove_work() {
  local mount
  awk -v below="$work/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount "$mount" 2>/dev/null || umount --lazy "$mount"
  done
  if grep -qF " $work/" /proc/self/mountinfo; then
    say "mounts are left below $work"
  elif [[ -n ${DCAT_KEEP_WORK:-} ]]; then
    say "kept: $work"
  else
    rm -rf --one-file-system "$work"
  fi
}

# await SECONDS COMMAND...: until the command is true; fails when it never is.
await() {
  local end=$((SECONDS + $1 + 1))
  shift
  until "$@"; do
    if ((SECONDS >= end)); then return 1; fi
    sleep 0.1
  done
}

# ---- cgroups

# The mounted hierarchies, cgroup2's included.
cgroup_roots() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts; }
cgroup2_root() { awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts; }

# remove_cgroups PATTERN...: empty cgroups whose path below a root is like one of these, deepest first. rmdir removes
# nothing that somebody is in. False: one is left, for who was in it is only just gone.
remove_cgroups() {
  local root pattern path left=0
  for root in $(cgroup_roots); do
    for pattern in "$@"; do
      find "$root" -mindepth 1 -depth -type d \( -path "$root/$pattern" -o -path "$root/$pattern/*" \) 2>/dev/null |
        while read -r path; do rmdir "$path" 2>/dev/null; done
      if compgen -G "$root/$pattern" >/dev/null; then left=1; fi
    done
  done
  return "$left"
}

# ---- A root file system and an image without a registry

# make_rootfs DIRECTORY
make_rootfs() {
  local applet
  mkdir -p "$1"/{bin,proc,sys,dev,etc,tmp,run,out}
  cp "$(command -v busybox)" "$1/bin/busybox"
  for applet in sh sleep tail true; do ln -sf busybox "$1/bin/$applet"; done
  printf 'root:x:0:0:root:/:/bin/sh\n' >"$1/etc/passwd"
}

# ---- The daemon on the emulated node

node=   # a process in the node's mount namespace
daemon= # the daemon's pid
door=   # its socket

# start_node OPTIONS OF `dcat emulate`: a node that stays until the end, whatever becomes of the daemon.
start_node() {
  # shellcheck disable=SC2016
  "$dcat" emulate "$@" -- bash -c 'echo $$ >"$1.new" && mv "$1.new" "$1"; exec sleep 86400' node "$work/node" \
    >"$work/emulate.log" 2>&1 &
  started+=($!)
  await 20 test -s "$work/node" || fail 'the emulated node did not start'
  node=$(<"$work/node")
  door=$work/dcat.sock
  # Four software events: of this machine's kernel, so they are counted everywhere. No period has enough of them to be
  # judged by: everybody keeps what it was promised.
  cat >"$work/dcat.yaml" <<END
interval: 1s
min_instructions: 1000000000000000
runtime_directory: $work/run
counting:
  events:
    instructions: 'perf::TASK-CLOCK'
    cycles: 'perf::CPU-CLOCK'
    memory_accesses: none
    llc_references: 'perf::CONTEXT-SWITCHES'
    llc_misses: 'perf::CPU-MIGRATIONS'
END
  mkdir -p "$work/run"
}

in_node() { nsenter --target "$node" --mount -- "$@"; }

# start_daemon RECORD OPTIONS OF `dcat run`: it is back when the daemon answers.
start_daemon() {
  local record=$1
  shift
  rm -f "$work/daemon"
  # shellcheck disable=SC2016
  nsenter --target "$node" --mount -- bash -c 'echo $$ >"$1"; shift; exec "$@"' daemon "$work/daemon" "$dcat" run --mode enforce --backend resctrl \
    --counters cgroup --config "$work/dcat.yaml" --record "$record" --socket "$door" "$@" \
    >>"$work/decisions.out" 2>>"$work/daemon.log" &
  started+=($!)
  await 20 answers || fail "the daemon does not answer on $door"
  daemon=$(<"$work/daemon")
}

answers() { "$dcat" status --json --socket "$door" >"$work/status.json.new" 2>"$work/status.err"; }

# status FILE: what the daemon knows.
status() {
  "$dcat" status --json --socket "$door" >"$1" || fail 'dcat status failed'
}

# kill_daemon: without a chance to clean up.
kill_daemon() {
  { kill -KILL "$daemon" && wait "$daemon"; } 2>/dev/null # bash would say that it was killed
  await 5 gone "$daemon" || fail 'the daemon is not gone'
}

# look QUESTION ...: see common_look.py.
look() { python3 "$here/common_look.py" "$@"; }

# until_seen SECONDS EXPECTED: until everyone who is expected stands in the status as it should; else fails with what is
# not so.
until_seen() {
  local end=$((SECONDS + $1 + 1)) file=$work/status.json
  while :; do
    status "$file"
    if look status "$file" "$2" >"$work/look.log" 2>&1; then return 0; fi
    if ((SECONDS >= end)); then fail "after $1 s: $(head -n 20 "$work/look.log")"; fi
    sleep 0.2
  done
}

# settled RECORD EXPECTED SECONDS: until two decisions in a row changed nothing of theirs.
settled() { await "$3" is_settled "$1" "$2" || fail "after $3 s: $(<"$work/look.log")"; }
is_settled() { look settled "$1" "$2" >"$work/look.log"; }

# check_tasks RECORD EXPECTED: the threads of all of them are in the groups that the last decision says.
check_tasks() {
  settled "$1" "$2" 20
  status "$work/status.json"
  in_node python3 "$here/common_look.py" tasks "$work/status.json" "$1" "$2" "$(cgroup2_root)" || fail 'threads are elsewhere'
}
