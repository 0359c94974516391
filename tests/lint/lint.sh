#!/usr/bin/env bash
# Rules of the source tree that no compiler checks:
#   1. the pure core does no I/O, reads no clock, starts no thread and logs nothing;
#   2. #includes follow the order core <- perfmon, cat <- classifier <- controller <- sim <- emulator, hooks, web, cli, and what
#      does I/O (linux/, shell/) is included by the shell and the command alone;
#   3. no shell is ever called;
#   4. files stay small: more than 400 lines is a warning, more than 600 an error;
#   5. no merge is left half done;
#   6. clang-format 14 has nothing to change (where it is installed).
# Usage: lint.sh TREE [rules|format]. Prints `file:line: what is wrong`; exit code 1 if anything is, 77 if clang-format 14
# is missing and nothing else was asked for.
set -euo pipefail

readonly MOST_LINES=600
readonly MANY_LINES=400

cd "${1:?usage: lint.sh TREE [rules|format]}"
readonly part=${2:-all}
problems=0

problem() {
  echo "$1"
  problems=$((problems + 1))
}

# Prints every line of the standard input as a problem, with $1 behind it.
problems_of() {
  local line
  while IFS= read -r line; do problem "$line: $1"; done
}

# All sources of these folders, without subfolders with "flat".
sources() {
  local depth=() folder
  if [[ $1 == flat ]]; then depth=(-maxdepth 1); fi
  shift
  for folder in "$@"; do
    if [[ -d $folder ]]; then
      find "$folder" "${depth[@]}" -type f \( -name "*.h" -o -name "*.cpp" \)
    fi
  done | LC_ALL=C sort
}

# `file:line: code` of the whole core; comments and the insides of strings are taken away.
code_of_core() {
  awk '{
    if ($0 !~ /^[ \t]*#[ \t]*include/) gsub(/"([^"\\]|\\.)*"/, "\"\"")
    sub(/\/\/.*$/, "")
    print FILENAME ":" FNR ": " $0
  }' "${core[@]}"
}

# The lines of the core's code that match $1.
grep_core() {
  grep -E "$1" <<<"$core_code" || true
}

check_core() {
  local headers='iostream|fstream|cstdio|stdio\.h|print|syncstream|thread|mutex|shared_mutex|condition_variable|future'
  headers+='|atomic|semaphore|latch|barrier|stop_token|filesystem|ctime|time\.h|csignal|signal\.h|unistd\.h|fcntl\.h'
  headers+='|dirent\.h|poll\.h|pthread\.h|sched\.h|dlfcn\.h|glob\.h|ftw\.h|(sys|linux|asm|net|netinet|arpa|systemd)/.*'
  headers+='|(spdlog|yaml-cpp|CLI|libvirt|bpf|papi|pqos)([/.].*)?'
  problems_of 'the core does no I/O, has no threads, clock or log' \
    < <(grep_core "#[[:space:]]*include[[:space:]]*[<\"]($headers)[>\"]")
  local -r before='(^|[^A-Za-z0-9_])'
  problems_of 'the core reads no clock' \
    < <(grep_core "::now\(|(steady|system|high_resolution)_clock|this_thread|(^|[^A-Za-z0-9_.>])(clock_get)?(time|gettimeofday)\(")
  problems_of 'the core has no hidden input' \
    < <(grep_core "$before(secure_getenv|getenv|rand|srand|random_device)([^A-Za-z0-9_]|\$)")
  problems_of 'the core prints and logs nothing' \
    < <(grep_core "std::(cout|cerr|clog|cin)|$before(v?f?printf|puts|putchar|fputs|perror|fopen)\(|spdlog::|fmt::print")
  problems_of 'the core does not include what does I/O' < <(grep_core '#[[:space:]]*include[[:space:]]*"[^"]*(linux|shell)/')
}

# The modules that $1 may include.
allowed_modules() {
  case $1 in
    core) echo core ;;
    perfmon) echo core perfmon ;;
    cat) echo core cat ;;
    classifier) echo core perfmon cat classifier ;;
    controller) echo core perfmon cat classifier controller ;;
    sim) echo core perfmon cat classifier controller sim ;;
    emulator) echo core perfmon cat classifier controller sim emulator ;;
    hooks) echo core perfmon cat classifier controller hooks ;;
    web) echo core perfmon cat classifier controller hooks web ;;
    cli) echo core perfmon cat classifier controller sim emulator hooks web cli ;;
  esac
}

check_includes() {
  local module file include allowed
  for module in core perfmon cat classifier controller sim emulator hooks web cli; do
    allowed=" $(allowed_modules "$module") "
    while IFS=: read -r file line include; do
      include=${include#*\"}
      include=${include%%\"*}
      case $include in
        core/* | perfmon/* | cat/* | classifier/* | controller/* | sim/* | emulator/* | hooks/* | web/* | cli/* | tests/* | bench/*)
          # The door is between: the daemon's socket, and it speaks the hooks' language.
          if [[ $file =~ ^controller/(door/|shell/(announcements|contracts)\.) && ${include%%/*} == hooks ]]; then continue; fi
          if [[ $allowed != *" ${include%%/*} "* ]]; then problem "$file:$line: $module may not include $include"; fi
          ;;
      esac
      case $include in
        linux/* | */linux/* | */shell/* | perfmon/bpf/* | perfmon/papi/*)
          case $file in
            */linux/* | */shell/* | perfmon/bpf/* | perfmon/papi/* | hooks/* | web/* | cli/*) ;;
            # The daemon's socket. What a client may reach is to be seen here: descriptors, no more.
            controller/door/*) if [[ $include != core/linux/* ]]; then problem "$file:$line: only the shell and the command may include $include"; fi ;;
            # An experiment runs the daemon's own loop: its ports are the simulated node's.
            sim/experiment/*) if [[ $include != controller/shell/daemon.h ]]; then problem "$file:$line: only the shell and the command may include $include"; fi ;;
            *) problem "$file:$line: only the shell and the command may include $include" ;;
          esac
          ;;
      esac
    done < <(sources deep "$module" | xargs -r -d '\n' grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' || true)
  done
}

# What is read of strangers must not become a command line. Tests play people, who have shells.
check_shells() {
  local file
  for file in "${all[@]}"; do
    case $file in tests/*) continue ;; esac
    problems_of 'no shell is called' < <(sed -E 's,//.*$,,' "$file" |
      grep -nE '(^|[^A-Za-z0-9_.>])(system|popen|wordexp)\(|"(/bin/|/usr/bin/)?(ba|da)?sh"' | sed "s,^,$file:,")
  done
}

# In any text of the tree; a build directory's are nobody's.
check_merges() {
  problems_of 'a merge was left half done' \
    < <(grep -rnE --exclude-dir=.git --exclude-dir='build*' -I '^(<{7}|>{7}) ' . | sed -E 's|^\./||; s|^([^:]*:[0-9]+):.*|\1|' || true)
}

check_sizes() {
  local file lines
  while read -r lines file; do
    if ((lines > MOST_LINES)); then
      problem "$file:$lines: $lines lines, want at most $MOST_LINES"
    elif ((lines > MANY_LINES)); then
      echo "warning: $file: $lines lines, want about $MANY_LINES"
    fi
  done < <(printf '%s\n' "${all[@]}" | xargs -r -d '\n' wc -l | grep -vE '^ *[0-9]+ total$')
}

find_clang_format() {
  local tool
  for tool in clang-format-14 clang-format; do
    if command -v "$tool" >/dev/null && "$tool" --version | grep -q 'version 14\.'; then
      echo "$tool"
      return
    fi
  done
}

check_format() {
  local tool file
  tool=$(find_clang_format)
  if [[ -z $tool ]]; then
    echo 'skipped: clang-format 14 is not installed'
    if [[ $part == format ]]; then exit 77; fi
    return
  fi
  # shellcheck disable=SC2016  # the inner shell expands
  problems_of "not as clang-format 14 writes it; run $tool -i on it" \
    < <(printf '%s\n' "${all[@]}" | xargs -r -d '\n' -P "$(nproc)" -n 1 \
      sh -c '"$0" --dry-run -Werror "$1" >/dev/null 2>&1 || echo "$1"' "$tool" | LC_ALL=C sort)
}

mapfile -t all < <(sources deep core perfmon cat classifier controller sim emulator hooks web cli bench tests)
# Reading a scenario's files is the business of sim/scenario*; the model itself reads none.
mapfile -t core < <(sources flat core perfmon cat classifier controller sim emulator | grep -v '^sim/scenario' || true)
if ((${#core[@]} == 0)); then
  echo "no sources in $1"
  exit 1
fi
if [[ $part != format ]]; then
  core_code=$(code_of_core)
  check_core
  check_includes
  check_merges
  check_sizes
  check_shells
fi
if [[ $part != rules ]]; then check_format; fi
echo "lint: ${#all[@]} files, $problems problems"
((problems == 0))
