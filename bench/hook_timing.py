#!/usr/bin/env python3
"""How long a program takes, started again and again: hook_timing.py TIMES STDIN WHAT COMMAND ARGUMENTS...

Prints `WHAT: median M ms, 99th percentile P ms, CPU C ms`: from before it is started until it has been waited for, and
the median of the CPU time that it used, user and system, which the load of the machine changes little. Its stdin is the
file STDIN, what it prints goes nowhere. A command that ends with another code than 0 is an error.
"""

import os
import sys
import time


def milliseconds(command, stdin):
    """(from its start to its end, of CPU)."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    source = os.open(stdin, os.O_RDONLY)
    files = [(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, nowhere, 1), (os.POSIX_SPAWN_DUP2, nowhere, 2)]
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(child, 0)
    took = time.perf_counter() - began
    os.close(source)
    os.close(nowhere)
    if status != 0:
        sys.exit(f"{' '.join(command)}: exit code {os.waitstatus_to_exitcode(status)}")
    return 1000 * took, 1000 * (usage.ru_utime + usage.ru_stime)


def percentile(ordered, part):
    """The smallest value that at least this part of all does not exceed."""
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)]


def main():
    times, stdin, what, *command = sys.argv[1:]
    milliseconds(command, stdin)  # the program and its libraries are in memory then
    all_of_it = [milliseconds(command, stdin) for _ in range(int(times))]
    took, used = (sorted(column) for column in zip(*all_of_it))
    print(f"{what}: median {percentile(took, 0.5):.1f} ms, 99th percentile {percentile(took, 0.99):.1f} ms, "
          f"CPU {percentile(used, 0.5):.1f} ms", flush=True)


if __name__ == "__main__":
    main()
