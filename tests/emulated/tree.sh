#!/usr/bin/env bash
# The resctrl tree as text: every group with its masks, mode, CPUs and, but for the default group, its tasks; `foreign`:
# only those that are not dCat's. tree.sh [foreign]
set -uo pipefail
cd /sys/fs/resctrl || exit 1
find . -mindepth 1 -type d ! -path './info*' ! -path '*mon_data*' | LC_ALL=C sort | while read -r group; do
  if [[ ${1:-} == foreign && $group == *dcat.* ]]; then continue; fi
  echo "$group"
  for file in schemata mode cpus_list tasks; do
    if [[ -f $group/$file ]]; then echo "  $file: $(tr '\n' '|' <"$group/$file")"; fi
  done
done
if [[ ${1:-} != foreign ]]; then tr '\n' '|' <schemata; fi
cat mode cpus_list
