#!/usr/bin/env bash
# The units of configs/systemd: right by systemd-analyze verify, exposure below 3 (of 10) by its offline look, and what the rest of the
# tree says of them. units.sh SOURCES DCAT
set -uo pipefail
readonly sources=$1 dcat=$2
command -v systemd-analyze >/dev/null || { echo 'skipped: systemd-analyze is not installed'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fails() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# As they are installed, but for the program, which is where it was built.
for unit in "$sources"/configs/systemd/*; do
  sed "s,/usr/bin/dcat ,$dcat ," "$unit" >"$work/$(basename "$unit")"
done
# Another unit of this machine may be wrong; only what is said of ours counts.
said=$(cd "$work" && SYSTEMD_UNIT_PATH="$work:" systemd-analyze verify --man=no ./*.service ./*.mount ./*.timer 2>&1 | grep -E 'dcat|resctrl')
if [[ -n $said ]]; then fails "systemd-analyze verify: $said"; fi

exposure() { systemd-analyze security --offline=true --threshold=30 "$1" 2>&1; }
for unit in "$work"/*.service; do
  if ! told=$(exposure "$unit"); then fails "$(tail -1 <<<"$told")"; fi
  grep -F 'Overall exposure' <<<"$told" || fails "no exposure is told of $unit"
done
# The look finds what is missing.
sed -E '/^(Protect|Restrict|System|Capab|Private|NoNew|Memory|Lock|IP|Key)/d' "$work/dcat.service" >"$work/exposed.service"
if exposure "$work/exposed.service" >/dev/null; then fails 'a unit without any of its settings has the same exposure'; fi
rm "$work/exposed.service"
echo 'Restart=perhaps' >>"$work/dcat-reset.service"
if ! (cd "$work" && systemd-analyze verify --man=no ./dcat-reset.service 2>&1 | grep -q 'dcat-reset.service'); then
  fails 'a setting that does not exist is not found'
fi

# Every setting that is switched off or narrowed has its reason above it, or in its block.
setting() { sed -n "s/^$2=//p" "$sources/configs/systemd/$1"; }
expect() {
  local got
  got=$(setting "$1" "$2")
  if [[ $got != "$3" ]]; then fails "$1: $2=$got, want $3"; fi
}
expect dcat.service Type notify
expect dcat.service RuntimeDirectory dcat
expect dcat.service RuntimeDirectoryPreserve yes
expect dcat.service StateDirectoryMode 0700
expect dcat.service RestartKillSignal SIGKILL
# shellcheck disable=SC2016  # systemd's own variable
expect dcat.service ExecReload '/bin/kill -HUP $MAINPID'
for pair in dcat.service:'run --config /etc/dcat/dcat.yaml' dcat-reset.service:'reset --if-stale --config /etc/dcat/dcat.yaml'; do
  read -ra words <<<"${pair#*:}"
  for word in "${words[@]}"; do
    if [[ $word == --* ]] && ! "$dcat" "${words[0]}" --help | grep -qE "^  $word( |$)"; then
      fails "${pair%%:*}: dcat ${words[0]} has no $word"
    fi
  done
  expect "${pair%%:*}" ExecStart "/usr/bin/dcat ${pair#*:}"
done
((failures == 0)) && echo 'units: all right'
exit $((failures > 0))
