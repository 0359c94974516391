"""How much longer VMs take to start and to stop because of the hook, whatever the daemon does: it answers, its socket
is gone, it hangs (SIGSTOP), it is gone. Two libvirtds by turns, one without a hook. Part of libvirt_domains.py.
"""

import os
import signal
import statistics
import subprocess
import time

import libvirt_node as node
from libvirt_node import require, wait_for

MOST_DELAY = 0.250  # seconds that the hooks of one start, or one stop, may take
HOOK = "/etc/libvirt/hooks/qemu.d/50-dcat"
TRIES = 7  # starts and stops of each kind


class Times:
    """Seconds of starts, or of stops, without the hook and with it. By turns: a load that comes and goes is in both."""

    def __init__(self, what):
        self.what = what
        self.without = []
        self.hooked = []

    def over(self):
        return statistics.median(self.hooked) - statistics.median(self.without)

    def noise(self):
        """How much slower than the fastest a start is even without the hook."""
        return statistics.median(self.without) - min(self.without)

    def __str__(self):
        def shown(times):
            return f"{1000 * statistics.median(times):.0f} ({1000 * min(times):.0f} to {1000 * max(times):.0f})"
        return (f"{self.what} {shown(self.without)} ms without the hook, {shown(self.hooked)} with it: "
                f"{1000 * self.over():+.0f} ms")


def start_and_stop(bench, other, tries):
    """`tries` times by turns: on `other`, which has no hook, and here. (Times of the starts, of the stops)."""
    starts, stops = Times("start"), Times("stop")
    hosts = [(other, starts.without, stops.without), (bench.host, starts.hooked, stops.hooked)]
    for host, _, _ in hosts:
        bench.define(f"timed-{host.name}", host, metadata=node.asks(contract=2))
    for i in range(tries):
        for host, its_starts, its_stops in hosts if i % 2 else reversed(hosts):
            domain = bench.domain(f"timed-{host.name}", host)
            began = time.monotonic()
            domain.create()
            its_starts.append(time.monotonic() - began)
            require(domain.isActive(), "it did not start")
            began = time.monotonic()
            domain.destroy()
            its_stops.append(time.monotonic() - began)
    for host, _, _ in hosts:
        bench.domain(f"timed-{host.name}", host).undefine()
    return starts, stops


def waiting_for_cpu(bench):
    """Seconds for which the programs of one hook are kept waiting by whatever else this machine does: from start to end
    less the CPU time, of the same programs with nothing to do."""
    waits = []
    with open(os.devnull) as nothing:
        for _ in range(11):
            began = time.monotonic()
            script = 'timeout 9 "$0" --version; timeout 9 cat'
            programs = subprocess.Popen(["sh", "-c", script, bench.dcat], stdin=nothing, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(programs.pid, 0)
            programs.returncode = os.waitstatus_to_exitcode(status)
            waits.append(time.monotonic() - began - usage.ru_utime - usage.ru_stime)
    return statistics.median(waits)


def too_slow(bench, other, state, tries):
    """Prints how long it takes; what takes too long."""
    waiting = waiting_for_cpu(bench)
    both = start_and_stop(bench, other, tries)
    waiting = max(waiting, waiting_for_cpu(bench))
    print(f"{state}: each hook's programs wait {1000 * waiting:.0f} ms for a CPU", flush=True)
    slow = []
    for times, hooks in zip(both, (3, 2)):
        print(f"{state}: {times}", flush=True)
        # Beyond what this machine's load does to VMs without a hook, and to programs that do nothing.
        if times.over() > MOST_DELAY + times.noise() + hooks * waiting:
            slow.append(f"{state}: a {times.what} takes {1000 * times.over():.0f} ms longer")
    return slow


def hook_by_hand(bench, state, answered):
    """The installed hook itself: exit code 0, nothing on stdout, a word on stderr if nobody answered."""
    xml = node.domain_xml(bench.name("nobody"), bench.floppy, metadata=node.asks(contract=2))
    xml = xml.replace("<domain ", "<domain id='999' ", 1)
    xml = xml.replace("<name>", "<uuid>6a0c1d2e-0000-4000-8000-00000000abcd</uuid><name>", 1)
    environment = {"PATH": bench.path, "LC_ALL": "C"}
    for operation, sub in (("prepare", "begin"), ("start", "begin"), ("reconnect", "begin"), ("stopped", "end")):
        ran = subprocess.run([HOOK, bench.name("nobody"), operation, sub, "-"],
                             input=xml, capture_output=True, text=True, env=environment)
        where = f"{state}: hook {operation}"
        require(ran.returncode == 0, f"{where}: exit code {ran.returncode}: {ran.stderr}")
        require(ran.stdout == "", f"{where}: printed {ran.stdout!r}")
        silent = answered or operation == "prepare"
        require(bool(ran.stderr) != silent, f"{where}: said on stderr: {ran.stderr!r}")


def unanswered(bench, tries=TRIES, rounds=3, by_hand=hook_by_hand):
    """The states, one after the other; returns what is too slow."""
    slow = []
    other = node.Libvirtd(bench.work, bench.path, elsewhere=True).start()

    def measure(state, answered=False):
        by_hand(bench, state, answered)
        # A load may come in the middle; a hook that is slow is slow every time.
        for _ in range(rounds):
            its = too_slow(bench, other, state, tries)
            if not its:
                return
        slow.extend(its)

    try:
        start_and_stop(bench, other, 1)  # QEMU and its files are in memory then
        measure("the daemon answers", answered=True)
        os.remove(node.SOCKET)
        measure("the socket is gone")
        bench.daemon.stop()
        bench.daemon.start()
        bench.daemon.signal(signal.SIGSTOP)
        measure("the daemon hangs")
        bench.daemon.signal(signal.SIGCONT)
        wait_for("the daemon answers after SIGCONT", bench.daemon.answers)
        bench.daemon.kill()
        measure("the daemon is gone")
    finally:
        other.end()
    return slow
