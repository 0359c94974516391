#!/usr/bin/env bash
# Makes the package and a newer one, looks at both as lintian does, and makes the Debian tree that the other tests install into,
# from the mirror that this machine's apt uses. make.sh BUILD SOURCES TREE
set -uo pipefail
# shellcheck source=tests/packaging/common.sh
source "$(dirname "$0")/common.sh"

refuse() { # what keeps the other tests from running, too
  echo "$*" >"$tree.skipped"
  skip "$*"
}
rm -rf --one-file-system "$tree" "$packages"
rm -f "$tree.skipped"
mkdir -p "$packages"
command -v dpkg-shlibdeps >/dev/null || refuse 'dpkg-dev is not installed'
(cd "$build" && cpack -G DEB -B "$packages" >"$packages/log" 2>&1) || die "cpack: $(tail -20 "$packages/log")"
rm -rf "$packages/_CPack_Packages"
deb=$(package "$version-1")
[[ -f $deb ]] || die "cpack made $(ls "$packages"), want $(basename "$deb")"

if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error,warning "$deb" || fails 'lintian finds errors or warnings'
else
  echo 'lintian is not installed: not asked'
fi
contents=$(dpkg-deb -c "$deb")
for path in ./usr/bin/dcat ./usr/bin/dcat-hook ./etc/dcat/dcat.yaml ./lib/systemd/system/dcat.service \
  ./lib/systemd/system/sys-fs-resctrl.mount ./lib/systemd/system/dcat-reset.timer ./usr/share/man/man1/dcat-run.1.gz \
  ./usr/share/man/man5/dcat.yaml.5.gz ./usr/share/bash-completion/completions/dcat ./usr/share/doc/dcat/README.md \
  ./usr/share/doc/dcat/changelog.Debian.gz ./usr/share/doc/dcat/copyright ./usr/share/dcat/hooks/50-dcat \
  ./usr/share/dcat/kubernetes/dcat-daemonset.yaml ./usr/share/dcat/scenarios/paper-6x3.yaml; do
  grep -q " $path\$" <<<"$contents" || fails "$path is not in the package"
done
# Only where packages may put something; nothing of the machine that made it.
strange=$(awk '{print $6}' <<<"$contents" | grep -vE '^\./((etc|lib|usr)/)?$|^\./(etc/dcat|lib/systemd|usr/bin|usr/share)/' || true)
if [[ -n $strange ]]; then fails "in strange places: $strange"; fi
if awk '$2 != "root/root" || $1 ~ /^.....w|^........w|s/ && $1 !~ /^l/' <<<"$contents" | grep .; then fails 'owners or modes'; fi
[[ $(dpkg-deb -I "$deb" conffiles) == /etc/dcat/dcat.yaml ]] || fails 'the configuration is no conffile'
for file in usr/bin/dcat usr/bin/dcat-hook; do
  dpkg-deb --fsys-tarfile "$deb" | tar -xO "./$file" >"$packages/binary"
  if readelf -S "$packages/binary" | grep -q '\.debug_info'; then fails "$file is not stripped"; fi
  if readelf -d "$packages/binary" | grep -qE 'RPATH|RUNPATH'; then fails "$file has a run path"; fi
done
rm "$packages/binary"

# The same, as a newer version.
dpkg-deb -R "$deb" "$packages/newer"
sed -i "s/^Version: .*/Version: $version-2/" "$packages/newer/DEBIAN/control"
dpkg-deb --root-owner-group -b "$packages/newer" "$(package "$version-2")" >/dev/null || die 'dpkg-deb'
rm -r "$packages/newer"

(($(id -u) == 0)) || refuse 'a Debian tree is made as root'
command -v debootstrap >/dev/null || refuse 'debootstrap is not installed'
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[[ $codename == bookworm ]] || refuse "the package is for bookworm, this is ${codename:-no Debian}"
# shellcheck disable=SC2016  # apt's own variables
mirror=$(apt-get indextargets --format '$(CODENAME) $(ORIGIN) $(SITE)' 'Created-By: Packages' |
  awk -v name="$codename" '$1 == name && $2 == "Debian" {print $3; exit}')
[[ -n $mirror ]] || refuse "apt knows no mirror of $codename"
# With systemd, for the tests that boot it.
if ! debootstrap --variant=minbase --include=systemd-sysv,dbus "$codename" "$tree" "$mirror" >"$packages/debootstrap" 2>&1; then
  if grep -qE "Failed getting release file|Couldn.t download|Invalid Release" "$packages/debootstrap"; then
    rm -rf --one-file-system "$tree"
    refuse "the mirror $mirror cannot be reached: $(grep -m1 '^E:' "$packages/debootstrap")"
  fi
  die "debootstrap: $(tail -20 "$packages/debootstrap")"
fi
# What it depends on, so that the tests themselves need no network. Nothing is started by that.
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
chmod 755 "$tree/usr/sbin/policy-rc.d"
depends=$(dpkg-deb -f "$deb" Depends)
if ! (chroot "$tree" apt-get update && chroot "$tree" apt-get satisfy -y --no-install-recommends "$depends") \
  >"$packages/depends" 2>&1; then
  die "apt-get satisfy \"$depends\": $(tail -20 "$packages/depends")"
fi
chroot "$tree" apt-get clean
rm "$tree/usr/sbin/policy-rc.d"
finish 'package and tree'
