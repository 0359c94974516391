#!/usr/bin/env python3
"""VMs come, change and go under libvirt: the daemon sees each with its name, its contract and all of its threads.

  1. defined and started, rebooted, a vCPU and an I/O thread plugged in, saved and restored, libvirtd restarted
     meanwhile (the reconnect hook), the daemon killed and started again, migrated here from another libvirtd and away
     again, destroyed: `dcat status` lists the VM's threads as /proc has them, and they are in its group's tasks file
  2. a VM with <cachetune> is somebody else's: it is listed as such and has no group of ours
  3. with the daemon gone, hung (SIGSTOP), or its socket removed, VMs start and stop at most 250 ms slower than with a
     libvirtd that has no hook (medians), and libvirt has no failed hook to tell of
  4. what started meanwhile is found as soon as the daemon is back

Usage: libvirt_domains.py WORK DCAT SOURCES check [STEP...] | starts N, inside of libvirt.sh. `check` takes the names of
steps (those of LIFE, unanswered, cache_tune) to do only those; `starts N` does the third alone, N times each, and
judges nothing. Exit code: 0 passed, 1 failed.
"""

import os
import sys
import time

import libvirt

import libvirt_node as node
from libvirt_node import Failed, require, wait_for
from libvirt_timing import unanswered


class Bench:
    """A libvirtd with the hook, a daemon, and where they are."""

    def __init__(self, work, dcat, sources):
        self.work = work
        self.dcat = dcat
        self.sources = sources
        self.floppy = f"{work}/floppy.img"
        node.write_floppy(self.floppy)
        # What the hook finds as `dcat`, and libvirtd gives to it.
        os.makedirs(f"{work}/bin")
        os.symlink(dcat, f"{work}/bin/dcat")
        self.path = f"{work}/bin:{os.environ['PATH']}"
        self.tag = os.path.basename(work)  # in every VM's name: libvirt.sh knows its cgroups by it
        self.events = node.Events()
        self.daemon = node.Daemon(work, dcat)
        self.host = node.Libvirtd(work, self.path)

    def name(self, short):
        return f"{short}-{self.tag}"

    def define(self, short, host=None, **options):
        return (host or self.host).connection.defineXML(node.domain_xml(self.name(short), self.floppy, **options))

    def domain(self, short, host=None):
        return (host or self.host).connection.lookupByName(self.name(short))

    def end(self):
        self.host.end()
        self.daemon.stop()

    # ---- What the daemon sees

    def listed(self, short):
        """The VM as the daemon lists it, if with all of its threads, else None."""
        name = self.name(short)
        try:
            threads = node.threads_of(node.pid_of(name))
        except FileNotFoundError:
            return None
        for container in self.daemon.status() or []:
            if container.get("name") == name and set(container["threads"]) == threads and threads:
                return container
        return None

    def seen(self, what, short, contract):
        """Waits until the VM is listed with this contract and its threads are in its group."""
        def as_wanted():
            container = self.listed(short)
            if not container or container.get("contract") != contract:
                return None
            threads = set(container["threads"])
            return container if threads <= node.tasks_in(node.group_of(container) or "-") else None
        try:
            container, took = wait_for(what, as_wanted)
        except Failed as failed:
            raise Failed(f"{failed}; {self.all_about(short)}") from None
        require(container.get("runtime") == "libvirt", f"{what}: the runtime is {container.get('runtime')}")
        groups = node.groups_of(set(container["threads"]))
        require(list(groups) == [node.group_of(container)], f"{what}: its threads are in {groups}")
        print(f"{what}: {container.get('state')}, {len(container['threads'])} threads in {node.group_of(container)}, "
              f"{took:.1f} s later", flush=True)
        return container

    def gone(self, what, short):
        def absent():
            containers = self.daemon.status()
            return containers is not None and all(c.get("name") != self.name(short) for c in containers)
        _, took = wait_for(f"{what}: gone", absent)
        print(f"{what}: gone {took:.1f} s later", flush=True)

    def all_about(self, short):
        try:
            pid = node.pid_of(self.name(short))
            tids = node.threads_of(pid)
            threads = f"threads {sorted(tids)} {node.thread_names(pid)}, in {node.groups_of(tids)}"
        except FileNotFoundError:
            threads = "no process"
        return f"{threads}; status {self.daemon.status()}"


def ways(count):
    return {"kind": "ways", "ways": count}


# ---- 1: a VM's life --------------------------------------------------------------------------------------------------
def start(bench):
    bench.define("web", metadata=node.asks(contract=3, priority=10))
    bench.domain("web").create()
    first = bench.seen("started", "web", ways(3))
    require(first.get("priority", 10) == 10, f"its priority is {first.get('priority')}")


def reboot(bench):
    pid = node.pid_of(bench.name("web"))
    bench.events.follow(bench.host.connection)
    # The guest's button works once its boot sector runs, so it is pressed until the guest has taken notice.
    def rebooted():
        if bench.events.reboots.get(bench.name("web")):
            return True
        bench.domain("web").reboot(libvirt.VIR_DOMAIN_REBOOT_ACPI_POWER_BTN)
        time.sleep(0.5)
        return False
    wait_for("the guest reboots", rebooted, 60)
    wait_for("it runs again", lambda: bench.domain("web").isActive())
    require(node.pid_of(bench.name("web")) == pid, "a reboot made another process")
    bench.seen("rebooted", "web", ways(3))


def hot_plug(bench):
    domain = bench.domain("web")
    pid = node.pid_of(bench.name("web"))
    before = node.threads_of(pid)
    domain.setVcpusFlags(2, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    wait_for("a second vCPU's thread", lambda: any(n.startswith("CPU 1") for n in node.thread_names(pid)))
    container = bench.seen("a vCPU plugged in", "web", ways(3))
    require(set(container["threads"]) - before, "no thread more after a vCPU was plugged in")
    domain.addIOThread(2, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    wait_for("a second I/O thread", lambda: any("iothread2" in n for n in node.thread_names(pid)))
    bench.seen("an I/O thread plugged in", "web", ways(3))


def save_and_restore(bench):
    pid = node.pid_of(bench.name("web"))
    bench.domain("web").save(f"{bench.work}/web.save")
    bench.gone("saved", "web")
    bench.host.connection.restore(f"{bench.work}/web.save")
    require(node.pid_of(bench.name("web")) != pid, "restored in the same process")
    bench.seen("restored", "web", ways(3))


def restart_libvirtd(bench):
    pid = node.pid_of(bench.name("web"))
    calls = len(bench.host.hooks_called())
    bench.host.restart()
    # Operations on a VM wait for its reconnection.
    wait_for("the reconnect hook is called",
             lambda: (bench.name("web"), "reconnect") in bench.host.hooks_called()[calls:])
    require(bench.domain("web").isActive() and node.pid_of(bench.name("web")) == pid, "the VM did not outlive libvirtd")
    bench.seen("libvirtd restarted", "web", ways(3))


def kill_daemon(bench):
    threads = node.threads_of(node.pid_of(bench.name("web")))
    groups = node.groups_of(threads)
    bench.daemon.kill()
    require(node.groups_of(threads) == groups, "the death of the daemon moved threads")
    bench.daemon.start()
    # What was announced to the one before is kept in the runtime directory.
    bench.seen("the daemon killed and started", "web", ways(3))


def migrate(bench):
    """From a libvirtd that is another host's as far as it knows, and back."""
    other = node.Libvirtd(bench.work, bench.path, elsewhere=True).start()
    try:
        bench.define("mover", host=other, metadata=node.asks(contract=2))
        there = bench.domain("mover", other)
        there.create()
        flags = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PERSIST_DEST | libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
        uri = {libvirt.VIR_MIGRATE_PARAM_URI: f"unix://{bench.work}/migration.sock"}
        there.migrate3(bench.host.connection, uri, flags)
        require(bench.domain("mover").isActive(), "it did not arrive")
        bench.seen("migrated here", "mover", ways(2))
        pid = node.pid_of(bench.name("mover"))
        bench.domain("mover").migrate3(other.connection, uri, flags)
        require(bench.domain("mover", other).isActive(), "it did not arrive elsewhere")
        require(not node.threads_of(pid), "its process is still here")
        print("migrated away", flush=True)
        bench.domain("mover", other).destroy()
    finally:
        other.end()
    bench.gone("migrated away and destroyed there", "mover")


def destroy(bench):
    group = node.group_of(bench.seen("before it is destroyed", "web", ways(3)))
    bench.domain("web").destroy()
    bench.gone("destroyed", "web")
    bench.domain("web").undefine()
    wait_for("its group is gone or another's", lambda: not node.tasks_in(group))


# ---- 2: somebody else's ----------------------------------------------------------------------------------------------
CACHE_TUNE = ("<cputune><cachetune vcpus='0'><cache id='0' level='3' type='both' size='2304' unit='KiB'/></cachetune>"
              "</cputune>")


def groups_of_tuned(bench):
    return node.groups_of(node.threads_of(node.pid_of(bench.name("tuned"))))


def left_alone(bench, what):
    """The VM is listed as somebody else's, and its vCPU's thread is in libvirt's group, the others in none."""
    def listed():
        container = bench.listed("tuned")
        return container if container and container.get("foreign") else None
    try:
        container, took = wait_for(f"{what} is listed as somebody else's", listed)
    except Failed as failed:
        raise Failed(f"{failed}; {bench.all_about('tuned')}") from None
    time.sleep(1.2)  # two periods in which it might be moved
    groups = groups_of_tuned(bench)
    print(f"{what}: {container['foreign']} decides, {took:.1f} s later; its threads are in {groups}", flush=True)
    require(list(groups.values()) == [1] and not next(iter(groups)).startswith("dcat."),
            f"{what}: its threads are in {groups}, want its vCPU's in libvirt's group and the others in none")


def cache_tune(bench):
    """libvirt has <cachetune> for KVM's domains alone, and takes ways that nobody has, the default group neither."""
    bench.daemon.stop()
    with open(f"{node.RESCTRL}/schemata", "w") as schemata:
        schemata.write("L3:0=3ff\n")
    bench.daemon.start(root="keep")
    try:
        bench.define("tuned", metadata=node.asks(contract=3), cputune=CACHE_TUNE, kind="kvm")
        bench.domain("tuned").create()
    except libvirt.libvirtError as error:
        print(f"not tried: <cachetune>: {error}", flush=True)
        return
    left_alone(bench, "a VM with <cachetune>")
    bench.domain("tuned").destroy()
    bench.gone("a VM with <cachetune> destroyed", "tuned")
    bench.daemon.stop()
    bench.domain("tuned").create()
    print(f"a VM with <cachetune>, without a daemon: its threads are in {groups_of_tuned(bench)}", flush=True)
    bench.daemon.start(root="keep")
    wait_for("it is found by the scan", lambda: bench.listed("tuned"))
    print(f"found by the scan: its threads are in {groups_of_tuned(bench)}", flush=True)
    bench.host.restart()
    left_alone(bench, "a VM with <cachetune> that was there before the daemon")
    bench.domain("tuned").destroy()
    bench.domain("tuned").undefine()
    bench.gone("a VM with <cachetune> destroyed", "tuned")


# ---- 4: come while nobody listened -----------------------------------------------------------------------------------
def meanwhile(bench):
    bench.define("early", metadata=node.asks(contract=2))
    bench.domain("early").create()
    bench.daemon.start()
    container, took = wait_for("what started meanwhile is listed", lambda: bench.listed("early"))
    print(f"started while the daemon was gone: listed {took:.1f} s later, contract {container.get('contract')}",
          flush=True)
    bench.host.restart()
    bench.seen("started while the daemon was gone, libvirtd restarted", "early", ways(2))
    bench.domain("early").destroy()
    bench.gone("destroyed", "early")
    bench.domain("early").undefine()


LIFE = (start, reboot, hot_plug, save_and_restore, restart_libvirtd, kill_daemon, migrate, destroy)


def check(bench, only):
    node.install_hook(bench.sources)
    bench.daemon.start()
    bench.host.start()
    versions = bench.host.connection.getLibVersion(), bench.host.connection.getVersion()
    print("libvirt {:.3f}, QEMU {:.3f}".format(*(version / 1e6 for version in versions)))
    wrong = []
    for step in LIFE:
        if not only or step.__name__ in only:
            step(bench)
    if not only or "unanswered" in only:
        wrong += unanswered(bench)
        meanwhile(bench)
    if not only or "cache_tune" in only:
        try:
            cache_tune(bench)
        except Failed as failed:
            wrong.append(str(failed))
    wrong += [f"libvirt tells of a failed hook: {line.strip()}" for line in bench.host.hooks_failed()[:5]]
    require(not wrong, "\n  ".join(wrong))
    operations = [operation for _, operation in bench.host.hooks_called()]
    print("hooks called: " + ", ".join(f"{o} {operations.count(o)}" for o in sorted(set(operations))))
    print("passed")


def starts(bench, tries):
    """For bench/hook_timing.sh."""
    node.install_hook(bench.sources)
    bench.daemon.start()
    bench.host.start()
    unanswered(bench, tries, rounds=1, by_hand=lambda *ignored: None)


def show_logs(work):
    for log in ("dcat.log", "libvirtd-here.log", "libvirtd-elsewhere.log"):
        if os.path.exists(f"{work}/{log}"):
            with open(f"{work}/{log}", errors="replace") as file:
                lines = [line for line in file if "virHookCheck" not in line]
            print(f"--- the end of {log}\n{''.join(lines[-12:])}", file=sys.stderr)


def main():
    work, dcat, sources, command, *rest = sys.argv[1:]
    bench = Bench(work, dcat, sources)
    try:
        if command == "starts":
            starts(bench, int(rest[0]))
        else:
            check(bench, rest)
    except (Failed, libvirt.libvirtError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        show_logs(work)
        return 1
    finally:
        bench.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
