"""What every end-to-end case stands on: a namespace of its own, a temporary folder, processes that end.

A case runs in network, mount and process namespaces of its own, so that cases can run side by side, no
packet can leave, and nothing outlives its case. On loopback all of 10.77.0.0/16 is local: some clients
refuse peers at 127.x.
"""
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BT = os.environ.get("BT_BINARY", "bt")
REPOSITORY = Path(__file__).resolve().parents[2]
INSIDE = "BT_E2E_INSIDE"
HOME_ADDRESS = "10.77.0.2"  # whatever binds to no address speaks from here
# Sanitizers report by this status, which no exit code of bt uses.
SANITIZER_EXIT = 99


class Failure(Exception):
    """The case failed, and this is why."""


def root_is_a_mount():
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(mount.split()[4] == "/" for mount in mounts)


def enter_namespace():
    """Runs this program again inside namespaces of its own; returns in there."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.environ.get(INSIDE) != "1":
        os.environ[INSIDE] = "1"
        options = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        if os.geteuid() != 0:
            options += ["--user", "--map-root-user"]
        if not root_is_a_mount():  # in a chroot, where the root's propagation cannot be changed
            options += ["--propagation", "unchanged"]
        os.execvp("unshare", ["unshare", *options, sys.executable, "-B", *sys.argv])
    for command in ("link set lo up", f"addr add {HOME_ADDRESS}/32 dev lo",
                    f"route add local 10.77.0.0/16 dev lo src {HOME_ADDRESS}"):
        subprocess.run(["ip", *command.split()], check=True)
    # bbr, where it is the default, paces clients on loopback down to a crawl.
    Path("/proc/sys/net/ipv4/tcp_congestion_control").write_text("reno")


def pause(seconds=0.02):
    select.select([], [], [], seconds)


def until(condition, timeout, what):
    """The first true value of condition(), asked again and again until the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {timeout} s: {what() if callable(what) else what}")
        pause()


def check(condition, text):
    if not condition:
        raise Failure(text)


def same(got, wanted, what):
    check(got == wanted, f"{what}: {got!r}, not {wanted!r}")


class Process:
    """A child with its output in files. Ended by its own pid, whatever happens to the case."""

    def __init__(self, lab, name, argv, cwd=None, env=None, stdin=subprocess.DEVNULL):
        self.name = name
        self.argv = [str(a) for a in argv]
        lab.counter += 1
        self.out_path = lab.folder / f"{lab.counter:02d}-{name}.out"
        self.err_path = lab.folder / f"{lab.counter:02d}-{name}.err"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.child = subprocess.Popen(self.argv, stdin=stdin, stdout=out, stderr=err,
                                          cwd=cwd or lab.folder, env={**lab.env, **(env or {})})
        lab.processes.append(self)

    @property
    def pid(self):
        return self.child.pid

    @property
    def out(self):
        return self.out_path.read_text(errors="replace")

    @property
    def err(self):
        return self.err_path.read_text(errors="replace")

    def running(self):
        return self.child.poll() is None

    def report(self):
        state = "running" if self.running() else f"exit {self.child.returncode}"
        return f"--- {' '.join(self.argv)}\n[{state}]\n{self.out[-2500:]}{self.err[-2500:]}"

    def wait(self, timeout=60):
        """The exit status; a child that a signal killed, or a sanitizer's report, is a failure."""
        until(lambda: not self.running(), timeout, f"the end of {self.name}")
        code = self.child.returncode
        check(code >= 0, f"{self.name} was killed by {signal.Signals(-code).name}"
              if code < 0 else "")
        check(code != SANITIZER_EXIT, f"{self.name}: a sanitizer's report")
        return code

    def wait_for(self, condition, timeout, what):
        """Like until(), but gives up as soon as the process has ended."""
        def ask():
            value = condition()
            check(value or self.running(), f"{self.name} ended before: {what}")
            return value
        return until(ask, timeout, what)

    def send(self, number):
        self.child.send_signal(number)

    def end(self):
        """Ends it for good; for seeders and trackers, whose exit status does not matter."""
        if self.running():
            self.child.terminate()
            try:
                self.child.wait(3)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


class Lab:
    """The folder, environment and processes of one case."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="bt-e2e-"))
        self.processes = []
        self.closing = []
        self.counter = 0
        home = self.path("home")
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home),
            "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
            "BT_NO_DISCOVERY": "true",
            "ASAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:detect_leaks=1",
            "UBSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:print_stacktrace=1",
            "TSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}",
        }

    def path(self, *parts):
        """A folder of the case, made if it is not there."""
        path = self.folder.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def discover(self):
        """From here on bt looks for peers as it does by itself: in the DHT, at peers, around it."""
        del self.env["BT_NO_DISCOVERY"]

    def start(self, name, *argv, **options):
        return Process(self, name, argv, **options)

    def bt(self, *arguments, **options):
        return Process(self, "bt", [BT, *arguments], **options)

    def run_bt(self, *arguments, timeout=60, **options):
        process = self.bt(*arguments, **options)
        process.code = process.wait(timeout)
        return process

    def tmpfs(self, name, size):
        """A small file system of its own."""
        path = self.path(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)
        self.closing.append(lambda: subprocess.run(["umount", "-l", path], check=False))
        return path

    def in_memory(self):
        """For what is about peers and not about disks, which others may keep busy. Called first."""
        self.tmpfs(".", "512m")
        self.path("home")

    def close(self):
        for process in reversed(self.processes):
            process.end()
        for close in reversed(self.closing):
            close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reports(self):
        return "\n".join(p.report() for p in self.processes)


def listening(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
        return True
    except OSError:
        return False
