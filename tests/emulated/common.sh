# What the tests on the emulated node have in common. To be sourced. Exit code 77: skipped, with the reason printed.
# shellcheck shell=bash
export LC_ALL=C
skip() {
  echo "skipped: $*"
  exit 77
}
fail() {
  echo "FAILED: $*"
  exit 1
}
# need_emulator DCAT
need_emulator() {
  local code=0
  if (($(id -u) != 0)); then skip 'the emulated node needs root'; fi
  if [[ ! -c /dev/fuse ]]; then skip 'there is no /dev/fuse'; fi
  "$1" emulate -- true || code=$?
  if ((code == 3)); then skip 'dcat emulate cannot run here'; fi
  if ((code != 0)); then fail "dcat emulate -- true: exit code $code"; fi
}
