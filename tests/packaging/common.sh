# What the tests of the package have in common. To be sourced with: BUILD SOURCES TREE. Exit code 77: skipped, with the reason
# printed. Mounts are made in a mount namespace of the test's own, so that none is left behind.
# shellcheck shell=bash disable=SC2034
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
readonly build=$1 sources=$2 tree=$3
readonly packages=$tree.packages
failures=0
skip() {
  echo "skipped: $*"
  exit 77
}
fails() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
die() {
  echo "FAILED: $*"
  exit 1
}
need_tree() {
  if [[ -f $tree.skipped ]]; then skip "$(cat "$tree.skipped")"; fi
  [[ -f $tree/etc/debian_version ]] || die 'there is no tree: see system/package_make'
}
# own_mounts SCRIPT ARGUMENTS...: once again, in a mount namespace.
own_mounts() {
  if [[ ${DCAT_PACKAGE_TEST_INSIDE:-} != yes ]]; then
    DCAT_PACKAGE_TEST_INSIDE=yes exec unshare --mount --propagation private bash "$@"
  fi
}
# A copy of the tree, which the test may change: work/.
copy_tree() {
  work=$(mktemp -d "$tree.XXXXXX")
  trap 'rm -rf --one-file-system "$work"' EXIT
  cp -a "$tree/." "$work/"
}
finish() {
  if ((failures == 0)); then echo "$1: all right"; fi
  exit $((failures > 0))
}
package() { echo "$packages/dcat_$1_$(dpkg --print-architecture).deb"; }
version=$(sed -n 's/^CPACK_PACKAGE_VERSION:.*=//p;s/^set(CPACK_PACKAGE_VERSION "\(.*\)")/\1/p' "$build/CPackConfig.cmake" | head -1)
