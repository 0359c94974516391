"""What tests and timings with real VMs have in common: a libvirtd, the daemon, a guest that answers its power button.

Runs inside `dcat emulate` as libvirt.sh prepares it. Times are seconds of the monotonic clock.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse

import libvirt

PATIENCE = 20  # seconds until something that has to happen did not happen
SOCKET = "/run/dcat/dcat.sock"
RESCTRL = "/sys/fs/resctrl"
NAMESPACE = "https://dcat.dev/domain/1.0"


class Failed(Exception):
    pass


def require(condition, words):
    if not condition:
        raise Failed(words)


def wait_for(what, ask, patience=PATIENCE):
    """What `ask` gives as soon as it is true, and how long that took."""
    began = time.monotonic()
    while True:
        answer = ask()
        if answer:
            return answer, time.monotonic() - began
        require(time.monotonic() - began < patience, f"{what}: not within {patience} s")
        time.sleep(0.02)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


# ---- The guest: a boot sector ----------------------------------------------------------------------------------------
# It switches the ACPI power button on, sleeps until the timer's next interrupt, and powers off when the button was
# pressed; libvirt makes a reboot of that. Ports: SeaBIOS puts the PIIX4's PM block at 0x600 (status, enable at +2,
# control at +4); bit 8 is the button, 0x2000 in control is "sleep now, type 0", off. So no kernel is needed.
BOOT_SECTOR = bytes.fromhex(
    "ba0206" "b80001" "ef"  # mov dx,0x602; mov ax,0x100; out dx,ax
    "ba0006"                # mov dx,0x600
    "fb" "f4" "ed"          # again: sti; hlt; in ax,dx
    "f6c401" "74f8"         # test ah,1; jz again
    "ef"                    # out dx,ax (a one that is written clears)
    "ba0406" "b80020" "ef"  # mov dx,0x604; mov ax,0x2000; out dx,ax
    "f4" "ebfd")            # hlt; and again


def write_floppy(path):
    with open(path, "wb") as file:
        file.write(BOOT_SECTOR.ljust(510, b"\0") + b"\x55\xaa")
        file.truncate(1440 * 1024)


def domain_xml(name, floppy, metadata="", cputune="", vcpus=2, kind="qemu"):
    return f"""<domain type='{kind}'>
  <name>{name}</name>
  <metadata>{metadata}</metadata>
  <memory unit='MiB'>32</memory>
  <vcpu current='1'>{vcpus}</vcpu>
  <iothreads>1</iothreads>
  {cputune}
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='fd'/></os>
  <features><acpi/></features>
  <devices>
    <emulator>{shutil.which("qemu-system-x86_64")}</emulator>
    <disk type='file' device='floppy'>
      <driver name='qemu' type='raw'/><source file='{floppy}'/><target dev='fda'/><readonly/>
    </disk>
  </devices>
</domain>"""


def asks(**words):
    """Our metadata: asks(contract=3)."""
    inner = "".join(f"<dcat:{key}>{value}</dcat:{key}>" for key, value in words.items())
    return f"<dcat:cache xmlns:dcat='{NAMESPACE}'>{inner}</dcat:cache>"


# ---- libvirtd --------------------------------------------------------------------------------------------------------
class Libvirtd:
    """One libvirtd: this host's, or another host's with a mount namespace of its own (`elsewhere`: no hook there)."""

    def __init__(self, work, path, elsewhere=False):
        self.work = work
        self.name = "elsewhere" if elsewhere else "here"
        self.sockets = f"{work}/{self.name}"
        self.log = f"{work}/libvirtd-{self.name}.log"
        self.elsewhere = elsewhere
        self.path = path
        self.process = None
        self.connection = None
        os.makedirs(self.sockets, exist_ok=True)

    def configuration(self, folder):
        write(f"{folder}/qemu.conf",
              'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nstdio_handler = "file"\nnamespaces = [ ]\n'
              "remember_owner = 0\n")
        uuid = "d0c0ffee-0000-4000-8000-00000000000" + ("2" if self.elsewhere else "1")
        write(f"{folder}/libvirtd.conf",
              f'unix_sock_dir = "{self.sockets}"\nauth_unix_rw = "none"\nhost_uuid = "{uuid}"\n'
              f'log_outputs = "1:file:{self.log}"\nlog_filters = "1:util.hook 3:*"\n')

    def start(self):
        environment = dict(os.environ, PATH=self.path, LC_ALL="C")
        command = ["libvirtd", "--pid-file", f"{self.sockets}/pid"]
        if self.elsewhere:
            places = "/etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /run/libvirt"
            self.configuration(f"{self.work}/etc-{self.name}")
            script = (f"for p in {places}; do mount -t tmpfs none $p; done; "
                      f'cp {self.work}/etc-{self.name}/* /etc/libvirt/; exec "$@"')
            command = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"] + command
        else:
            self.configuration("/etc/libvirt")
        with open(f"{self.work}/libvirtd-{self.name}.out", "a") as out:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)
        wait_for(f"libvirtd ({self.name}) answers", self.connect)
        return self

    def connect(self):
        require(self.process.poll() is None, f"libvirtd ({self.name}) ended: {self.process.returncode}")
        try:
            self.connection = libvirt.open(f"qemu:///system?socket={self.sockets}/libvirt-sock")
        except libvirt.libvirtError:
            return False
        return True

    def stop(self):
        """libvirtd goes, its VMs stay."""
        if self.connection:
            self.connection.close()
            self.connection = None
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def end(self):
        """Its VMs too."""
        if self.connection and self.process and self.process.poll() is None:
            for domain in self.connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
                try:
                    domain.destroy()
                except libvirt.libvirtError:
                    pass
        self.stop()

    def hooks_called(self):
        """Of the log: (domain, operation), in order."""
        called = []
        with open(self.log, errors="replace") as log:
            for line in log:
                if "Calling hook" in line and "/qemu.d/50-dcat" in line:
                    words = dict(word.split("=", 1) for word in line.split() if "=" in word)
                    called.append((words["id"], words["op"]))
        return called

    def hooks_failed(self):
        with open(self.log, errors="replace") as log:
            return [line for line in log if "hook" in line.lower() and (": error :" in line or ": warning :" in line)]


def install_hook(sources):
    target = "/etc/libvirt/hooks/qemu.d/50-dcat"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(f"{sources}/configs/hooks/50-dcat", target)
    os.chmod(target, 0o755)


class Events:
    """Reboots that libvirt tells of, counted by domain."""

    def __init__(self):
        libvirt.virEventRegisterDefaultImpl()
        libvirt.registerErrorHandler(lambda context, error: None, None)
        self.reboots = {}
        threading.Thread(target=self.run, daemon=True).start()

    @staticmethod
    def run():
        while True:
            libvirt.virEventRunDefaultImpl()

    def follow(self, connection):
        connection.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self.rebooted, None)

    def rebooted(self, connection, domain, opaque):
        self.reboots[domain.name()] = self.reboots.get(domain.name(), 0) + 1


def pid_of(name, folder="/run/libvirt/qemu"):
    """QEMU's process, of a VM of this host."""
    with open(f"{folder}/{name}.pid") as file:
        return int(file.read())


def threads_of(pid):
    try:
        return {int(tid) for tid in os.listdir(f"/proc/{pid}/task")}
    except FileNotFoundError:
        return set()


def thread_names(pid):
    names = []
    for tid in threads_of(pid):
        try:
            with open(f"/proc/{pid}/task/{tid}/comm") as file:
                names.append(file.read().strip())
        except FileNotFoundError:
            pass
    return sorted(names)


# ---- The daemon ------------------------------------------------------------------------------------------------------
# Events that every machine has stand in for the counters: what is looked at here is who is where, not how caches do.
CONFIGURATION = """containers: ['machine/qemu-*.libvirt-qemu', 'machine.slice/machine-qemu*.scope']
interval: 500ms
counting:
  events:
    cycles: 'perf::TASK-CLOCK'
    instructions: 'perf::CPU-CLOCK'
    memory_accesses: none
    llc_references: none
    llc_misses: none
"""


class Daemon:
    def __init__(self, work, dcat):
        self.work = work
        self.dcat = dcat
        self.process = None

    def start(self, root="shared"):
        write(f"{self.work}/dcat.yaml", f"root: {root}\n{CONFIGURATION}")
        with open(f"{self.work}/dcat.out", "a") as out, open(f"{self.work}/dcat.log", "a") as log:
            self.process = subprocess.Popen(
                [self.dcat, "run", "--mode", "enforce", "--backend", "resctrl", "--counters", "auto", "--config",
                 f"{self.work}/dcat.yaml", "--socket", SOCKET], stdin=subprocess.DEVNULL, stdout=out, stderr=log)
        wait_for("the daemon answers", self.answers)
        return self

    def answers(self):
        require(self.process.poll() is None, f"the daemon ended: {self.process.returncode}")
        return self.status() is not None

    def status(self):
        """The containers, or None where it does not answer."""
        asked = subprocess.run([self.dcat, "status", "--json", "--socket", SOCKET], capture_output=True, text=True)
        if asked.returncode != 0:
            return None
        status = json.loads(asked.stdout)
        require(status.get("dcat", 1) == 1, f"status of another version: {asked.stdout}")
        return status["containers"]

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Failed("the daemon did not end within 15 s of SIGINT")


def group_of(container):
    """Its group's directory; "" for the shared region. Names of the status have their '%' escaped (docs/api.md), and a
    group's name has its own."""
    group = container.get("group") or ""
    return group if os.path.isdir(f"{RESCTRL}/{group}") else urllib.parse.unquote(group)


def tasks_in(group):
    try:
        with open(f"{RESCTRL}/{group}/tasks") as file:
            return {int(tid) for tid in file.read().split()}
    except FileNotFoundError:
        return set()


def groups_of(tids):
    """Groups (not the default one) that have any of these threads, and how many."""
    found = {}
    for group in os.listdir(RESCTRL):
        if os.path.isfile(f"{RESCTRL}/{group}/tasks"):
            count = len(tasks_in(group) & tids)
            if count:
                found[group] = count
    return found
