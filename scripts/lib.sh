# What scripts/run, scripts/test and .ci/run have in common: Debian packages, configuring, building. To be sourced.
# Exit codes: 1 failed, 2 bad usage, 3 this machine lacks something that we may not install.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

# clang builds the program that runs in the kernel, python3 the man pages.
readonly BUILD_PACKAGES=(g++ cmake ninja-build libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev nlohmann-json3-dev
  intel-cmt-cat libfuse3-dev pkg-config libcgroup-dev libpapi-dev libpfm4-dev libbpf-dev clang
  zlib1g-dev libzstd-dev libncurses-dev libpugixml-dev libprotobuf-dev protobuf-compiler libsystemd-dev libcap-ng-dev
  prometheus-cpp-dev libmicrohttpd-dev python3)
# clang-format: the lint test wants the tree formatted. mandoc looks at man pages. python3-kubernetes: manifests are read by its
# models. tmux is the terminal that dcat top is looked at in.
readonly TEST_PACKAGES=(catch2 librapidcheck-dev libbenchmark-dev clang-format zstd python3-kubernetes python3-yaml mandoc tmux)

say() { echo "dcat: $*" >&2; }

die() {
  local code=$1
  shift
  say "$@"
  exit "$code"
}

# ---- Packages

# Prints those of the packages that are not installed, a line each.
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii //p') || true
  for package in "$@"; do
    if ! grep -qxF -- "$package" <<<"$installed"; then echo "$package"; fi
  done
}

# Runs a command as root; fails where that is not possible.
as_root() {
  if (($(id -u) == 0)); then "$@"; else sudo -n "$@"; fi
}

can_be_root() {
  (($(id -u) == 0)) || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 "$@" >>"$root/build/packages.log" 2>&1
}

# True when apt knows every package, so that its lists need not be fetched.
apt_knows() {
  local package
  for package in "$@"; do
    if [[ -z $(apt-cache --quiet=0 madison "$package" 2>/dev/null) ]]; then return 1; fi
  done
}

# Fetches the lists when a package is unknown to apt, or when what they promise is gone.
apt_install() {
  if apt_knows "$@" && apt install --no-install-recommends "$@"; then return; fi
  apt update && apt install --no-install-recommends "$@"
}

# Installs what is missing of the packages; returns 1 (and says why) when it cannot.
install_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this is no Debian system; going on without looking for: $*"
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return 0; fi
  if ! can_be_root; then
    say "packages are missing, and neither root nor sudo without a password is at hand; as root: apt-get install ${missing[*]}"
    return 1
  fi
  say "installing ${missing[*]}"
  mkdir -p "$root/build"
  : >"$root/build/packages.log"
  if apt_install "${missing[@]}"; then return 0; fi
  tail -n 15 "$root/build/packages.log" >&2
  say "apt-get could not install: ${missing[*]}; all it said is in $root/build/packages.log"
  return 1
}

need_packages() { install_packages "$@" || exit 3; }

# ---- Building

# cache_value DIRECTORY NAME: prints what a configured build directory has for an option.
cache_value() { sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt" 2>/dev/null || true; }

# A build directory keeps the paths it was made for: one that was copied or moved has to be made anew.
drop_foreign_build() {
  local home
  home=$(cache_value "$1" CMAKE_HOME_DIRECTORY)
  if [[ -n $home && $home != "$root" ]]; then
    say "$1 was made for $home; making it anew"
    rm -rf "$1/CMakeCache.txt" "$1/CMakeFiles"
  fi
}

# show_log_and_die LOG WHAT
show_log_and_die() {
  tail -n 40 "$1" >&2
  die 1 "$2; the end of the log is above, all of it in $1"
}

# configure DIRECTORY NAME=VALUE...: does nothing when the directory has these values already.
configure() {
  local directory=$1 option up_to_date=1 launcher=
  shift
  drop_foreign_build "$directory"
  if command -v ccache >/dev/null; then launcher=ccache; fi
  set -- "CMAKE_CXX_COMPILER_LAUNCHER=$launcher" "$@"
  if [[ ! -f $directory/build.ninja ]]; then up_to_date=0; fi
  for option in "$@"; do
    if [[ $(cache_value "$directory" "${option%%=*}") != "${option#*=}" ]]; then up_to_date=0; fi
  done
  if ((up_to_date)); then return; fi
  say "configuring $directory"
  mkdir -p "$directory"
  cmake -G Ninja -S "$root" -B "$directory" "${@/#/-D}" >"$directory/configure.log" 2>&1 ||
    show_log_and_die "$directory/configure.log" 'CMake failed'
}

# build DIRECTORY [TARGET...]: everything when no target is given.
build() {
  local directory=$1
  shift
  if [[ ! -f $directory/.built ]]; then say "building in $directory (the first time takes a few minutes)"; fi
  ninja -C "$directory" "$@" >"$directory/build.log" 2>&1 ||
    show_log_and_die "$directory/build.log" 'the build failed'
  touch "$directory/.built"
}

# Lets one of several scripts at a time prepare a build directory: prepare DIRECTORY FUNCTION. The function's `exit`
# ends the script.
prepare() {
  mkdir -p "$1"
  (
    flock 9
    "$2"
  ) 9>"$1/.lock" || exit $?
}

# ---- Tests

# Prints `skipped: NAME: REASON` for each skipped test of ctest's last run, whose screen output is in the log: the reason
# is the last line that the test wrote.
skipped_tests() {
  awk '
    FNR == NR {
      if (sub(/ \(Skipped\)$/, "") && sub(/^\t *[0-9]+ - /, "")) skipped[$0] = 1
      next
    }
    /^[0-9]+\/[0-9]+ Testing: / { name = $0; sub(/^[^:]*: /, "", name); reason = ""; in_output = 0 }
    /^Output:$/ { in_output = 1; next }
    in_output && /^<end of output>$/ {
      in_output = 0
      if (name in skipped) print "skipped: " name ": " (reason == "" ? "no reason given" : reason)
    }
    in_output && !/^-+$/ && NF > 0 { reason = $0; sub(/^[Ss]kip(ped)?: */, "", reason) }
  ' "$1/test.log" "$1/Testing/Temporary/LastTest.log"
}

# run_tests DIRECTORY [arguments of ctest]: shows what failed, what was skipped and why, and how many there were.
# Returns 1 when a test failed or none was found.
run_tests() {
  local directory=$1 log=$1/test.log codes=(0) total failed skipped started=$SECONDS
  shift
  say "testing in $directory"
  # All goes to the log; what passed is not worth a line on the screen, and what was skipped is told with its reason.
  ctest --test-dir "$directory" -j "$(nproc)" --output-on-failure --no-label-summary --no-tests=error "$@" 2>&1 |
    tee "$log" |
    grep -vE '^ +Start +[0-9]+: |   Passed +[0-9.]+ sec$|\*\*\*Skipped|\(Skipped\)$|tests did not run:$|^Internal ctest|^Test project |^$' ||
    codes=("${PIPESTATUS[@]}")
  total=$(sed -nE 's/.* tests failed out of ([0-9]+)$/\1/p' "$log")
  failed=$(sed -nE 's/.*, ([0-9]+) tests failed out of [0-9]+$/\1/p' "$log")
  skipped=$(skipped_tests "$directory")
  if [[ -n $skipped ]]; then echo "$skipped"; fi
  skipped=$(grep -c . <<<"$skipped" || true)
  say "$((${total:-0} - skipped)) tests ran, ${failed:-0} failed, $skipped skipped, in $((SECONDS - started)) s"
  if ((codes[0] != 0)); then say "all that the tests said is in $log"; fi
  ((codes[0] == 0))
}
