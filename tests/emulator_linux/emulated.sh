#!/usr/bin/env bash
# Real programs on the emulated node: emulated.sh DCAT FORKS PART, one function below for each PART.
# Exit code: 0 passed, 1 failed, 77 skipped, with its reason.
set -uo pipefail
export LC_ALL=C

readonly dcat=$1 forks=$2 part=$3 r=/sys/fs/resctrl

skip() { echo "skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "the emulated node needs root"
[ -c /dev/fuse ] || skip "there is no /dev/fuse"
"$dcat" emulate -- true
code=$?
((code != 3)) || skip "dcat emulate cannot run here"

failures=0
# is WHAT WANT GOT
is() {
  if [[ $3 == "$2" ]]; then return; fi
  printf 'FAILED: %s: want:\n%s\ngot:\n%s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}
emulate() { "$dcat" emulate "$@" 2>&1; }

part_files() {
  is "exit code" 7 "$(emulate -- sh -c 'exit 7'; echo $?)"
  is "exit code of a signal" 137 "$(emulate -- sh -c 'kill -9 $$'; echo $?)"
  is "no such command" 127 "$(emulate -- /nowhere/command >/dev/null; echo $?)"
  is "a mask is taken and read back" "    L3:0=000f0" \
    "$(emulate -- sh -c "mkdir $r/g && echo L3:0=f0 >$r/g/schemata && cat $r/g/schemata")"
  is "a bad mask is said to be bad" "The mask f5 has non-consecutive 1-bits" \
    "$(emulate -- bash -c "echo L3:0=f5 2>/dev/null >$r/schemata; cat $r/info/last_cmd_status")"
  is "options reach the tree" "    MB:0=100;3=100|    L3:0=7ff;3=7ff|" \
    "$(emulate --ways 11 --mba --domain-ids 0,3 -- cat $r/schemata | tr '\n' '|')"
  is "files that are only read refuse root" "Permission denied" \
    "$(emulate -- bash -c "echo x >$r/size" | grep -o 'Permission denied')"
  is "no files are made" "Permission denied" "$(emulate -- bash -c "echo x >$r/new" | grep -o 'Permission denied')"
  is "an open file of a removed group" "No such device" \
    "$(emulate -- bash -c "mkdir $r/g; exec 5<$r/g/schemata; rmdir $r/g; cat <&5" | grep -o 'No such device')"
  is "what was read before the removal, and no more" "    L3:0=fffff|No such device" \
    "$(emulate -- bash -c "mkdir $r/g; exec 5<$r/g/schemata; IFS= read -r -n 1 -u 5 x; rmdir $r/g; echo \"\$x\$(cat <&5)\"" |
      grep -o -e ' *L3:0=fffff' -e 'No such device' | sort | tr '\n' '|' | sed 's/|$//')"
  is "a write of more than a page" "Argument list too long" \
    "$(emulate -- bash -c "dd if=/dev/zero of=$r/schemata bs=5000 count=1 conv=notrunc" | grep -o 'Argument list too long')"
  is "one inode, also after a write" same \
    "$(emulate -- bash -c "a=\$(stat -c %i:%d:%f $r/schemata); echo L3:0=ff >$r/schemata; [ \$a = \$(stat -c %i:%d:%f $r/schemata) ] && echo same")"
  is "flock is exclusive" 1 "$(emulate -- bash -c "exec 5<$r; flock -x 5; flock -n -x $r true; echo \$?")"
  is "faces" "4 1 0-1 2 1777" "$(emulate --ways 13 --domains 2 --closids 4 -- bash -c "
    echo \$(cat $r/info/L3/num_closids) \$(grep -c '^nodev.resctrl' /proc/filesystems) \
      \$(head -c 3 /sys/devices/system/cpu/online) \
      \$(cat /sys/devices/system/cpu/cpu*/cache/index3/id | sort -u | wc -l) \$(stat -c %a /run/lock)" | sed 's/ 0-[0-9]* / 0-1 /')"
}

part_mounts() {
  is "mount, again, busy, umount, with cdp, with nonsense, in a namespace of its own" "0 32 32 0 0 L3DATA 0 32 0 0 gone" \
    "$(emulate --no-mount -- bash -c "
      mount -t resctrl resctrl $r; a=\$?; mount -t resctrl resctrl $r; b=\$?
      exec 5<$r/schemata; umount $r; c=\$?; exec 5<&-; umount $r; d=\$?
      mount -t resctrl -o cdp resctrl $r; e=\$?; f=\$(head -c 6 $r/schemata); umount $r; g=\$?
      mount -t resctrl -o foo resctrl $r; h=\$?
      unshare -m sh -c 'mount -t resctrl resctrl $r && ls $r/schemata' >/dev/null; i=\$?
      mount -t tmpfs t /mnt; j=\$?; umount /mnt
      [ -e $r/schemata ] && k=there || k=gone
      echo \$a \$b \$c \$d \$e \$f \$g \$h \$i \$j \$k" | tail -n 1)"
  is "umount and mount twenty times" 0 \
    "$(emulate -- bash -c "n=0; for i in {1..20}; do umount $r && mount -t resctrl resctrl $r || n=\$((n + 1)); done; echo \$n")"
  is "umount forgets groups and masks" "    L3:0=fffff" \
    "$(emulate -- bash -c "mkdir $r/g; echo L3:0=1 >$r/schemata; umount $r; mount -t resctrl resctrl $r; ls $r | grep g\$; cat $r/schemata")"
  is "who may not mount may not" 1 \
    "$(emulate --no-mount -- setpriv --reuid 1000 --clear-groups bash -c "mount -t resctrl resctrl $r 2>/dev/null; [ -e $r/schemata ]; echo \$?")"
}

part_tasks() {
  is "who inherits" "thread in process in leaders out" \
    "$(emulate -- bash -c "mkdir $r/g; $forks inherit $r/g" | tr '\n' ' ' | sed 's/ $//')"
  is "300 threads that keep forking" "missed 0" "$(emulate -- bash -c "mkdir $r/g; $forks move $r/g 5")"
  is "a moved shell's children" 2 "$(emulate -- bash -c "mkdir $r/g; echo \$\$ >$r/g/tasks; sleep 5 & grep -cx -e \$\$ -e \$! $r/g/tasks")"
  is "who has died" "No such process" "$(emulate -- bash -c "mkdir $r/g; sleep 0 & wait; echo \$! >$r/g/tasks" | grep -o 'No such process')"
}

part_faults() {
  is "the second write fails" "0 1 0" \
    "$(emulate --fail write:schemata:2:EBUSY -- bash -c "for i in 1 2 3; do echo L3:0=ff 2>/dev/null >$r/schemata; echo \$?; done" | tr '\n' ' ' | sed 's/ $//')"
  is "mkdir fails as told" "No space left on device" \
    "$(emulate --fail mkdir:x:1:ENOSPC -- mkdir $r/x | grep -o 'No space left on device')"
  is "killed before" "137 there" "$(emulate --fail rmdir:y:1:kill -- bash -c "mkdir $r/y; rmdir $r/y 2>/dev/null; echo \$? \$([ -d $r/y ] && echo there)" | tail -n 1)"
  is "killed after" "137 " "$(emulate --fail rmdir:y:1:kill-after -- bash -c "mkdir $r/y; rmdir $r/y 2>/dev/null; echo \$? \$([ -d $r/y ] && echo there)" | tail -n 1 | sed 's/$/ /')"
  is "a bad SPEC" 2 "$(emulate --fail write:x:0:EIO -- true >/dev/null; echo $?)"
}

part_kill_points() {
  local program="mkdir $r/k; echo L3:0=f >$r/k/schemata; echo hi >/run/dcat/j; mv /run/dcat/j /run/dcat/k; rmdir $r/k; echo >/tmp/dcat-emulated-test.\$\$; rm /tmp/dcat-emulated-test.\$\$"
  # mkdir, open and write, open and write, rename, rmdir
  is "calls are counted" 7 "$(emulate --count-writes -- bash -c "$program" | sed -n 's/.*write calls: //p')"
  is "and by the environment's wish" 7 "$(DCAT_EMULATE_COUNT_WRITES=1 "$dcat" emulate -- bash -c "$program" 2>&1 | sed -n 's/.*write calls: //p')"
  local n got=
  for n in 1 2 3 4 5 6 7 8; do
    got+="$n:$(emulate --fail kill:$n -- bash -c "($program) 2>/dev/null; echo \$(ls -d $r/k /run/dcat/* 2>/dev/null)" | tail -n 1) "
  done
  is "what was done before each" \
    "1:/run/dcat/k 2:$r/k 3:$r/k 4:$r/k 5:/run/dcat/j $r/k 6:/run/dcat/j 7:/run/dcat/k $r/k 8:/run/dcat/k " "$got"
}

part_foreign() {
  is "the remover" "other" "$(emulate --foreign remover -- bash -c "mkdir $r/dcat.x $r/other; sleep 2.5; ls $r | grep -e dcat -e other")"
  is "the hoarder" "7 1" "$(emulate --closids 8 --foreign hoarder -- bash -c "echo \$(ls $r | grep -c foreign) \$(mkdir $r/x 2>/dev/null; echo \$?)")"
  is "the libvirt-like" "    L3:0=00003;1=00003" "$(emulate --domains 2 --foreign libvirt -- cat $r/foreign-vm/schemata)"
  is "the holder" "held free" "$(emulate --foreign holder -- bash -c "
    flock -n -x $r true && echo free || echo held; flock -w 2 -x $r true && echo free" | tr '\n' ' ' | sed 's/ $//')"
}

# What somebody outside could see of an emulated node.
outside() {
  grep -e resctrl -e dcat -e 'sys/kernel ' /proc/self/mountinfo
  find /run/dcat /sys/fs/resctrl -maxdepth 0 2>/dev/null
  grep -c -e cat_l3 -e rdt_a /proc/cpuinfo
}

part_leftovers() {
  local before emulator sleeper pids
  before=$(outside)
  pids=$(mktemp /tmp/dcat-emulated.XXXX)
  emulate -- bash -c "setsid sleep 987 & echo \$! >$pids; sleep 0.1"
  kill -0 "$(cat "$pids")" 2>/dev/null
  is "what the command left is gone" 1 $?
  "$dcat" emulate --foreign holder -- bash -c "sleep 986 & echo \$! >$pids; wait" &
  emulator=$!
  sleep 1
  sleeper=$(cat "$pids")
  kill -0 "$sleeper" 2>/dev/null
  is "it runs" 0 $?
  kill -9 "$emulator"
  wait "$emulator" 2>/dev/null
  for _ in {1..50}; do kill -0 "$sleeper" 2>/dev/null || break; sleep 0.1; done
  kill -0 "$sleeper" 2>/dev/null
  is "with the emulator its command is gone" 1 $?
  rm -f "$pids"
  is "outside all is as it was" "$before" "$(outside)"
}

part_pqos() {
  command -v pqos >/dev/null || skip "pqos (intel-cmt-cat) is not installed"
  is "pqos -e, -a and -R" "    L3:0=0000f;1=0000f|1|    L3:0=fffff;1=fffff|" "$(emulate --domains 2 -- bash -c "
    { pqos --iface=os -e 'llc:1=0xf;llc:2=0xf0'; pqos --iface=os -a \"pid:1=\$\$\"; } >/dev/null 2>&1
    cat $r/COS1/schemata; grep -cx \$\$ $r/COS1/tasks
    pqos --iface=os -R >/dev/null 2>&1; cat $r/COS1/schemata" | tr '\n' '|')"
  is "pqos -s shows the masks" "L3CA COS3 => MASK 0x7ff" \
    "$(emulate --ways 11 --no-mount -- pqos --iface=os -s | grep -o 'L3CA COS3 => MASK 0x7ff')"
  # It also counts instructions and misses of each core, which is the machine's part: without counters it refuses.
  local monitored
  local -a counted=()
  monitored=$(emulate --domains 2 -- pqos --iface=os -m all:0 -t 1 2>&1)
  if [[ $monitored == *'Failed to open perf event'* ]]; then
    echo 'pqos -m: this machine has no hardware counters, so it is run without those it would add'
    counted=(--disable-mon-ipc --disable-mon-llc_miss)
    monitored=$(emulate --domains 2 -- pqos --iface=os -m all:0 -t 1 "${counted[@]}" 2>&1)
  fi
  is "pqos -m shows occupancy and bandwidth" "CORE LLC[KB] MBL[MB/s] MBR[MB/s]" "$(grep -o 'CORE.*' <<<"$monitored" |
    head -1 | sed -E 's/ (IPC|MISSES) / /g; s/ (IPC|MISSES) / /g' | tr -s ' ')"
  is "pqos -m shows core 0" 1 "$(grep -cE '^ +0( +[0-9.k]+)+ *$' <<<"$monitored" | sed 's/^[2-9]$/1/')"
  command -v rdtset >/dev/null || return
  is "rdtset gives a command its ways" 1 \
    "$(emulate -- rdtset -t 'l3=0xf;cpu=0' -c 0 bash -c "cat $r/COS*/schemata" 2>/dev/null | grep -c '=0000f')"
}

"part_$part"
((failures == 0)) && echo "passed"
exit $((failures > 0))
