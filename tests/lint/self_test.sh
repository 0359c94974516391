#!/usr/bin/env bash
# Tests of lint.sh: one small tree a case, with one file, and what lint.sh has to say about it.
# Usage: self_test.sh; exit code 1 if a case fails.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
readonly here
tree=$(mktemp -d)
readonly tree
trap 'rm -rf "$tree"' EXIT
failures=0
cases=0

# Writes $2 to the file $1 of a new tree that is good otherwise, runs the rules and keeps what they print.
run_on() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/core" "$tree/$(dirname "$1")"
  echo 'int good();' >"$tree/core/good.h"
  printf '%b\n' "$2" >"$tree/$1"
  cases=$((cases + 1))
  code=0
  output=$("$here/lint.sh" "$tree" rules) || code=$?
}

fails() {
  echo "FAILED: $1: $2: $3; exit code $code"
  echo "$output"
  failures=$((failures + 1))
}

# expect_refused FILE TEXT LINE WORDS: lint.sh fails, at this line, with these words.
expect_refused() {
  run_on "$1" "$2"
  if ((code != 1)) || ! grep -qF "$1:$3" <<<"$output" || ! grep -qF "$4" <<<"$output"; then
    fails "$1" "$2" "want line $3: $4"
  fi
}

expect_accepted() {
  run_on "$1" "$2"
  if ((code != 0)); then fails "$1" "$2" 'want no problem'; fi
}

for code in 'std::system("ls");' 'return ::system(line.c_str());' 'FILE* f = popen(line, "r");' 'execl("/bin/sh", "sh", nullptr);'; do
  expect_refused cli/bad.cpp "\n$code" 2 'no shell is called'
done
expect_accepted cli/good.cpp '// system(3) is not called\nint n = filesystem(1) + node.system(2);'
readonly IO='the core does no I/O'
for header in iostream fstream cstdio thread mutex atomic filesystem unistd.h sys/stat.h fcntl.h ctime linux/perf_event.h \
  spdlog/spdlog.h yaml-cpp/yaml.h CLI/CLI.hpp; do
  expect_refused core/bad.h "#pragma once\n#include <$header>" 2 "$IO"
done
for file in core/bad.cpp perfmon/bad.h cat/bad.cpp classifier/bad.h controller/bad.cpp sim/bad.h emulator/bad.h; do
  expect_refused "$file" '  #  include <fstream>  // why not' 1 "$IO"
done
expect_refused docs/bad.md 'a\n<<<<<<< HEAD\nb' 2 'half done'
expect_refused cat/bad.cpp '#include "sys/stat.h"' 1 "$IO"
expect_refused core/bad.cpp '\n\nauto t = std::chrono::steady_clock::now();' 3 'reads no clock'
expect_refused core/bad.cpp 'auto t = Clock::now();' 1 'reads no clock'
expect_refused core/bad.cpp 'auto t = std::time(nullptr);' 1 'reads no clock'
expect_refused core/bad.cpp 'clock_gettime(CLOCK_MONOTONIC, &t);' 1 'reads no clock'
expect_refused core/bad.cpp 'std::this_thread::sleep_for(t);' 1 'reads no clock'
expect_refused core/bad.cpp 'auto* home = std::getenv("HOME");' 1 'no hidden input'
expect_refused sim/bad.cpp 'std::random_device seed;' 1 'no hidden input'
expect_refused core/bad.cpp 'std::cout << 1;' 1 'prints and logs nothing'
expect_refused core/bad.cpp 'printf("x");' 1 'prints and logs nothing'
expect_refused core/bad.cpp 'std::fprintf(f, "x");' 1 'prints and logs nothing'
expect_refused core/bad.cpp 'spdlog::info("x");' 1 'prints and logs nothing'
expect_refused controller/bad.cpp '#include "perfmon/linux/turns.h"' 1 'does not include what does I/O'
expect_refused controller/bad.h '#include "controller/shell/daemon.h"' 1 'does not include what does I/O'

expect_refused core/bad.h '#include "cat/cbm.h"' 1 'core may not include cat/cbm.h'
expect_refused cat/bad.h '#include "perfmon/sample.h"' 1 'cat may not include perfmon/sample.h'
expect_refused perfmon/bad.h '#include "cat/cbm.h"' 1 'perfmon may not include cat/cbm.h'
expect_refused classifier/bad.h '#include "controller/step.h"' 1 'classifier may not include controller/step.h'
expect_refused controller/bad.h '#include "sim/node.h"' 1 'controller may not include sim/node.h'
expect_refused controller/shell/bad.h '#include "cli/table.h"' 1 'controller may not include cli/table.h'
expect_refused cat/linux/bad.cpp '#include "classifier/phase.h"' 1 'cat may not include classifier/phase.h'
expect_refused sim/bad.h '#include "cli/table.h"' 1 'sim may not include cli/table.h'
expect_refused hooks/bad.h '#include "sim/node.h"' 1 'hooks may not include sim/node.h'
expect_refused sim/bad.h '#include "emulator/machine.h"' 1 'sim may not include emulator/machine.h'
expect_refused emulator/bad.h '#include "cli/table.h"' 1 'emulator may not include cli/table.h'
expect_accepted emulator/linux/fine.h '#include <unistd.h>\n#include "sim/node.h"\n#include "emulator/machine.h"'
expect_refused core/bad.h '#include "tests/support/catch.h"' 1 'core may not include tests/support/catch.h'
expect_refused controller/config/bad.h '#include "cat/linux/cpu_list.h"' 1 'only the shell and the command'
expect_refused core/bad.cpp '#include "core/linux/descriptor.h"' 1 'does not include what does I/O'
expect_refused controller/config/bad.h '#include "core/linux/descriptor.h"' 1 'only the shell and the command'
expect_refused controller/door/bad.cpp '#include "cat/linux/cpu_list.h"' 1 'only the shell and the command'
expect_refused sim/scenario.cpp '#include "cat/linux/cpu_list.h"' 1 'only the shell and the command'
expect_refused sim/node.cpp '#include "controller/shell/daemon.h"' 1 'only the shell and the command'
expect_refused sim/experiment/run.cpp '#include "cat/linux/cpu_list.h"' 1 'only the shell and the command'

expect_refused cli/long.cpp "$(printf '//\\n%.0s' {1..600})" 601 '601 lines, want at most 600'
expect_refused tests/cat/long.cpp "$(printf '//\\n%.0s' {1..600})" 601 '601 lines, want at most 600'

expect_accepted core/fine.h '#include <chrono>\n#include <sstream>\n// #include <iostream>\n// time(0), printf("x"), a::now()'
expect_accepted core/fine.cpp 'const char* s = "std::cout << time(0) \\" getenv(";'
expect_accepted core/fine.cpp 'settle_time(1); t.time(); my_printf(2); snprintf(b, 1, "x"); brand(1); clock.now();'
expect_accepted perfmon/linux/fine.cpp '#include <unistd.h>\n#include "perfmon/linux/turns.h"\nauto t = C::now();'
expect_accepted controller/shell/fine.cpp '#include <spdlog/spdlog.h>\n#include "cat/linux/cpu_list.h"\n#include "perfmon/sample.h"'
expect_accepted controller/door/fine.cpp '#include "core/linux/descriptor.h"'
expect_accepted core/linux/fine.h '#include <poll.h>\n#include <unistd.h>'
expect_accepted controller/config/fine.cpp '#include <yaml-cpp/parser.h>'
expect_accepted sim/scenario.cpp '#include <fstream>\n#include "controller/config/config.h"'
expect_accepted sim/experiment/fine.cpp '#include "controller/shell/daemon.h"'
expect_accepted cli/fine.cpp '#include <iostream>\n#include "sim/node.h"\n#include "controller/shell/daemon.h"'
expect_accepted cli/long.cpp "$(printf '//\\n%.0s' {1..599})"
if ! grep -q 'warning: cli/long.cpp: 600 lines' <<<"$output"; then fails cli/long.cpp '600 lines' 'want a warning'; fi

echo "lint's own tests: $cases cases, $failures failures"
((failures == 0))
