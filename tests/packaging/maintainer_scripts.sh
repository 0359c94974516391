#!/usr/bin/env bash
# The maintainer scripts of packaging/debian: set -e, no bashisms, and what the files beside them have to agree on.
# maintainer_scripts.sh SOURCES
set -uo pipefail
readonly debian=$1/packaging/debian sources=$1
failures=0
fails() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
for script in "$debian"/{postinst,prerm,postrm}; do
  [[ $(head -1 "$script") == '#!/bin/sh' ]] || fails "$script is no sh script"
  grep -qx 'set -e' "$script" || fails "$script goes on after errors"
  sh -n "$script" || fails "$script"
  if command -v checkbashisms >/dev/null; then checkbashisms "$script" || fails "$script"; fi
  if command -v shellcheck >/dev/null; then shellcheck -s sh "$script" || fails "$script"; fi
  # What dpkg does not call is refused.
  if sh "$script" nonsense >/dev/null 2>&1; then fails "$script takes any argument"; fi
done
# Both know the same units, those that can be enabled.
[[ $(grep ^UNITS= "$debian/postinst") == "$(grep ^UNITS= "$debian/postrm")" ]] || fails 'postinst and postrm name other units'
for unit in $(cd "$sources/configs/systemd" && grep -l '^\[Install\]' -- *); do
  grep -q "^UNITS=.*[' ]${unit}[' ]" "$debian/postinst" || fails "postinst does not know $unit"
done
version=$(sed -n 's/^project(dcat VERSION \([0-9.]*\).*/\1/p' "$sources/CMakeLists.txt")
revision=$(sed -n 's/^set(DCAT_PACKAGE_REVISION \([0-9]*\))/\1/p' "$sources/packaging/CMakeLists.txt")
[[ $(head -1 "$debian/changelog") == "dcat ($version-$revision) "* ]] || fails "the changelog is not of $version-$revision"
((failures == 0)) && echo 'maintainer scripts: all right'
exit $((failures > 0))
