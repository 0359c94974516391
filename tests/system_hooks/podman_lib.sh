# podman with runc, all of it below $work, and our OCI hook as configs/hooks has it. To be sourced after common.sh.
# shellcheck shell=bash disable=SC2154

# In a cgroup tree without systemd, and where we may not raise limits, these have to be said.
readonly limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --pids-limit=0)
hooks_directory= # another one than ours, for a moment

own_podman() {
  podman --root "$work/storage" --runroot "$work/runroot" --tmpdir "$work/tmp" --storage-driver vfs \
    --cgroup-manager cgroupfs --runtime "$(command -v runc)" --hooks-dir "${hooks_directory:-$work/hooks.d}" \
    --events-backend file "$@"
}

need_podman() { need_programs 'podman runc conmon busybox-static python3' podman runc conmon busybox python3; }

# make_podman: a root file system and our hook, with this build's program and this test's socket. Skips where podman
# cannot run a container without hooks: then there is nothing to be tested.
make_podman() {
  make_rootfs "$work/rootfs"
  mkdir -p "$work/hooks.d" "$work/no-hooks.d"
  # Nobody shows what a hook that succeeds writes to stderr: it is kept for whoever looks for what went wrong.
  printf '#!/bin/sh\nexec %q "$@" 2>>%q\n' "$dcat" "$work/hook.log" >"$work/hook"
  chmod 755 "$work/hook"
  python3 - "$sources/configs/hooks/oci-hooks.d/50-dcat.json" "$work/hook" "$work/dcat.sock" >"$work/hooks.d/50-dcat.json" <<'END'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    hook = json.load(file)
hook["hook"]["path"] = sys.argv[2]
hook["hook"]["args"] += ["--socket", sys.argv[3]]
json.dump(hook, sys.stdout)
END
  ends+=(end_podman)
  hooks_directory=$work/no-hooks.d
  own_podman run --rm --net=host "${limits[@]}" --rootfs "$work/rootfs" /bin/true >"$work/first.out" 2>&1 ||
    skip "podman cannot run here: $(tail -n 1 "$work/first.out")"
  hooks_directory=
}

end_podman() {
  own_podman rm --force --time 0 --all
  await 3 remove_cgroups libpod_parent
}

# run_one NAME ANNOTATION...: writes its id, start and pid to $work/NAME.id. The container itself notes when it
# began, and then runs a little now and then: who never runs is never judged.
run_one() {
  local name=$1 annotation id options=()
  shift
  for annotation in "$@"; do options+=(--annotation "$annotation"); done
  # shellcheck disable=SC2016
  id=$(own_podman run --detach --name "$name" --net=host "${limits[@]}" "${options[@]}" --env "NAME=$name" \
    --rootfs "$work/rootfs" /bin/sh -c 'read -r up _ </proc/uptime; echo "$up" >"/out/$NAME"; exec tail -n 0 -s 1 -f /bin/busybox' \
    2>"$work/$name.err") || { echo "$name: $(cat "$work/$name.err")" >>"$work/refused"; return 1; }
  await 20 test -s "$work/rootfs/out/$name"
  echo "$id $(<"$work/rootfs/out/$name") $(own_podman inspect --format '{{.State.Pid}}' "$name")" >"$work/$name.id"
}

# expected NAME CONTRACT [MORE]: the line of EXPECTED of a container that runs; CONTRACT as in JSON, or nothing; MORE as
# ,"key":value.
expected() {
  local id start pid
  read -r id start pid <"$work/$1.id"
  echo "{\"id\":\"$id\",\"runtime\":\"podman\",\"start\":$start,\"pid\":$pid${2:+,\"contract\":$2}${3:-}}"
}
