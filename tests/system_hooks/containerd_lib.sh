# A containerd of a newer Debian, unpacked beside the system, and its CRI client. To be sourced after common.sh.
# shellcheck shell=bash disable=SC2154

# Debian's python3: the packages python3-grpcio and python3-protobuf are its.
readonly python=/usr/bin/python3

# need_containerd VERSION CACHE: sets $containerd_root to an unpacked containerd of this version ("1.7" or "2"). It comes
# from a suite of Debian newer than this system's, through an apt whose lists and state are its own, and stays in CACHE.
need_containerd() {
  local want=$1 kept=$2 suite
  need_programs 'runc busybox-static protobuf-compiler' runc busybox protoc
  "$python" -c 'import grpc, google.protobuf' 2>/dev/null || skip 'no CRI client (apt-get install python3-grpcio python3-protobuf)'
  for suite in trixie forky testing sid; do
    containerd_root=$kept/$suite/root
    if is_containerd "$containerd_root" "$want"; then return; fi
  done
  command -v apt-get >/dev/null || skip "containerd $want: this is no Debian system"
  for suite in trixie forky testing sid; do
    containerd_root=$kept/$suite/root
    unpack_containerd "$suite" "$kept/$suite" "$want" && is_containerd "$containerd_root" "$want" && return
  done
  skip "containerd $want is in no suite of Debian that can be had here (log: $(tail -n 1 "$kept"/*/apt.log 2>/dev/null | tail -n 1))"
}

# is_containerd ROOT VERSION: it is there, starts here, and is of this version.
is_containerd() {
  [[ -x $1/usr/bin/containerd ]] && "$1/usr/bin/containerd" --version 2>/dev/null | grep -q " $2[.]"
}

# unpack_containerd SUITE DIRECTORY VERSION: from where this system has its own packages.
unpack_containerd() {
  local suite=$1 directory=$2 want=$3 uri release key='' settings found
  mkdir -p "$directory"/{lists/partial,cache/archives/partial,state,deb,root}
  : >"$directory/status"
  if [[ -f /usr/share/keyrings/debian-archive-keyring.gpg ]]; then key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] '; fi
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016
  uri=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v release="$release" '$1 == release && $2 == "main" { print $3; exit }')
  [[ -n $uri ]] || return 1
  echo "deb $key$uri $suite main" >"$directory/sources.list"
  settings=(-o "Dir::Etc::sourcelist=$directory/sources.list" -o Dir::Etc::sourceparts=/nonexistent
    -o "Dir::State=$directory/state" -o "Dir::State::lists=$directory/lists" -o "Dir::State::status=$directory/status"
    -o "Dir::Cache=$directory/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root)
  timeout 180 apt-get "${settings[@]}" update >"$directory/apt.log" 2>&1 || return 1
  found=$(apt-cache "${settings[@]}" madison containerd | awk '{ print $3; exit }')
  if [[ $found != "$want".* ]]; then echo "$suite has containerd ${found:-not}" >>"$directory/apt.log"; return 1; fi
  (cd "$directory/deb" && timeout 300 apt-get "${settings[@]}" download containerd) >>"$directory/apt.log" 2>&1 || return 1
  dpkg-deb --extract "$directory"/deb/containerd_*.deb "$directory/root"
}

# ---- A containerd of our own below $work

containerd= # its pid
nri=        # its NRI socket

# make_containerd: configuration, image, CRI messages. Nothing is started.
make_containerd() {
  local cri=io.containerd.grpc.v1.cri form=2
  nri=$work/nri.sock
  export PATH="$containerd_root/usr/bin:$PATH" DCAT_CRI_MESSAGES="$work/messages"
  mkdir -p "$work/messages"
  protoc --python_out="$work/messages" -I "$here" containerd_cri.proto || fail 'the CRI messages cannot be compiled'
  {
    if containerd --version | grep -q ' 2[.]'; then
      cri=io.containerd.cri.v1.runtime form=3
      printf '[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "localhost/dcat-pause:1"\n'
    fi
    cat <<END
[plugins."$cri"]
disable_apparmor = true
restrict_oom_score_adj = true
$(((form == 2)) && echo 'sandbox_image = "localhost/dcat-pause:1"')
[plugins."$cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.internal.v1.opt"]
path = "$work/opt"
[plugins."io.containerd.nri.v1.nri"]
disable = false
socket_path = "$nri"
plugin_path = "$work/nri-plugins"
plugin_config_path = "$work/nri-conf.d"
END
  } >"$work/plugins.toml"
  {
    printf 'version = %s\nroot = "%s"\nstate = "%s"\n[grpc]\naddress = "%s"\n' "$form" "$work/root" "$work/state" "$work/containerd.sock"
    cat "$work/plugins.toml"
  } >"$work/containerd.toml"
  # The shims' sockets are there whatever the configuration says.
  if [[ ! -d /run/containerd ]]; then
    mkdir /run/containerd
    ends+=(remove_run_containerd)
  fi
  mount -t tmpfs none /run/containerd || skip 'nothing can be mounted here'
  ends+=(end_pods)
}

remove_run_containerd() {
  umount --lazy /run/containerd
  rmdir /run/containerd
}

# start_containerd: on the node where it has been started; it is back when its CRI answers.
start_containerd() {
  local inside=()
  if [[ -n $node ]]; then inside=(nsenter --target "$node" --mount --); fi
  "${inside[@]}" containerd --config "$work/containerd.toml" >>"$work/containerd.log" 2>&1 &
  containerd=$!
  started+=("$containerd")
  await 20 cri_answers || skip "containerd does not run here: $(grep -E 'level=(error|fatal)' "$work/containerd.log" | tail -n 1)"
}

cri() { "$python" "$here/containerd_cri.py" "$work/containerd.sock" "$@"; }
cri_answers() { timeout 10 "$python" "$here/containerd_cri.py" "$work/containerd.sock" version >"$work/version" 2>&1; }

import_image() {
  "$python" "$here/containerd_cri.py" image "$work/image.tar"
  ctr --address "$work/containerd.sock" --namespace k8s.io images import "$work/image.tar" >"$work/import.out" 2>&1 ||
    fail "the image is not taken: $(tail -n 1 "$work/import.out")"
}

# Every pod of ours, its shims and its cgroups; containerd itself is one of the processes that are ended.
end_pods() {
  local pid
  if ! gone "$containerd"; then timeout 120 "$python" "$here/containerd_cri.py" "$work/containerd.sock" remove-all; fi
  # Shims that containerd did not end know its socket.
  for pid in $(pgrep -f "containerd-shim.* -address $work/containerd.sock"); do kill -KILL "$pid"; done
  if [[ -s $work/uids ]]; then
    while read -r uid; do await 3 remove_cgroups "kubepods/burstable/pod$uid"; done <"$work/uids"
    remove_empty_kubepods
  fi
}

# The parents, where nobody else has a pod in them: rmdir takes none that has.
remove_empty_kubepods() {
  local root
  for root in $(cgroup_roots); do rmdir "$root/kubepods/burstable" "$root/kubepods"; done 2>/dev/null
}

# run_pods FILE NAME COUNT PARALLEL SECONDS OPTIONS...: containerd_cri.py's run; who was started is in FILE.
run_pods() {
  local file=$1
  shift
  cri run "$@" >"$file" 2>"$work/cri.err"
  local code=$?
  sed -n 's/.*"pod_uid": "\([^"]*\)".*/\1/p' "$file" >>"$work/uids"
  ((code == 0)) || fail "pods $1: $(tail -n 3 "$work/cri.err")"
}

# expecting FILE CONTRACT [MORE]: its pods with this contract (as in JSON), and MORE as "key": value, with a comma behind.
expecting() { sed "s/^{/{\"contract\": $2, ${3:-}/" "$1"; }
