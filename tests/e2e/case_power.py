"""Power cuts: a file system that forgets, at one moment, whatever it had not been made to keep.

ext4 on an image in memory, shut down in the middle of a download without its journal being written.
Meanwhile random parts of the payload are written back, as a kernel short of memory does it, so that
what survives of unsynced data is no tidy prefix.
"""
import ctypes
import os
import random
import threading

from cases import case
from clients import seed
from faults import LARGE_PIECES, SYNCS, Faults, Swarm, rule, tell
from harness import check, pause, same, until
from power import ORDERED, WRITEBACK, Machine
from torrents import KIB, MIB

SYNC_FILE_RANGE_WRITE, SYNC_FILE_RANGE_WAIT = 2, 4

BIG = ("big", 256 * KIB, [("a.dat", 120 * MIB + 5), ("b/c.dat", 1), ("b/d.dat", 120 * MIB),
                          ("b/e.dat", 16 * MIB - 6)])
SMALLER = ("big", 256 * KIB, [("a.dat", 30 * MIB + 5), ("b/c.dat", 1), ("b/d.dat", 10 * MIB)])
IMAGE = 640 * MIB
RATE = 160 * MIB  # bytes/s
SYNC_PERIOD = 0.45  # s: of the 64 MiB after which a sync is due, and a little
libc = ctypes.CDLL(None, use_errno=True)


def write_back(path, at, length):
    """As the kernel does it by itself, when and where it likes."""
    fd = os.open(path, os.O_RDONLY)
    try:
        libc.sync_file_range(fd, ctypes.c_int64(at), ctypes.c_int64(length),
                             SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT)
    finally:
        os.close(fd)


class WriteBack:
    """Writes back random ranges of the files below a folder until it is ended."""

    def __init__(self, folder, rng):
        self.folder = folder
        self.rng = random.Random(rng.random())
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.go, daemon=True)
        self.thread.start()

    def go(self):
        while not self.ending.wait(0.03):
            for path in self.folder.rglob("*.dat"):
                try:
                    self.some_of(path)
                except OSError:  # the power is gone
                    pass

    def some_of(self, path):
        size = path.stat().st_size
        at = self.rng.choice((self.rng.randrange(size + 1), max(0, size - 64 * KIB)))
        write_back(path, at, 512 * KIB)

    def end(self):
        self.ending.set()
        self.thread.join()


class Cuts:
    def __init__(self, lab, options, *rules, shape=BIG):
        self.lab = lab
        self.machine = Machine(lab, options, IMAGE)
        self.able = self.machine.make()
        if not self.able:
            tell(f"skipped: no file system on a loop device here ({self.machine.why})")
            return
        self.rules = [rule("fdatasync", path=".bt"), *rules]
        self.swarm = Swarm(lab, shape)
        number = random.randrange(1 << 32)
        tell(f"random seed {number}")
        self.rng = random.Random(number)
        self.out = self.machine.folder / "out"
        self.seeder = seed(lab, "libtorrent", self.swarm.source, self.swarm.torrent.folder,
                           limit=RATE, place=("10.77.2.1", 7200))
        until(lambda: self.seeder.status()["state"] in ("seeding", "5"), 60, "the seeder seeding")
        self.durable = 0  # pieces after the last cut
        self.trusted = []  # after each cut
        self.suspects = []

    def start(self):
        self.out.mkdir(exist_ok=True)
        faults = Faults(self.lab, self.machine.folder, *self.rules)
        bt = self.lab.bt("-q", "--peer", "10.77.2.1:7200", "-d", self.out, self.swarm.source,
                         env=faults.env)
        return bt, faults

    def round(self, believe_wrong=False):
        """One cut, after a sync; what is believed then, or None if the download was over before."""
        syncs = 2  # the first is that of the state itself, when it is begun
        bt, faults = self.start()
        writing = WriteBack(self.out, self.rng)
        until(lambda: faults.about() >= syncs or not bt.running(), 60, "a sync")
        pause(self.rng.uniform(0, SYNC_PERIOD))
        over = not bt.running()
        if not over:
            self.machine.cut()
        bt.child.kill()
        bt.child.wait()
        self.lab.processes.remove(bt)  # too many to report
        writing.end()
        if over:
            same(bt.child.returncode, 0, "exit status of a run before the cut")
            self.swarm.check_payload(self.out)
            self.machine.make()
            self.durable = 0
            return None
        self.machine.restart()
        claims = self.swarm.claims(self.out, believe_wrong=believe_wrong)
        check(self.durable <= len(claims.trusted), f"{self.durable} pieces were durable before")
        self.durable = len(claims.trusted)
        self.trusted.append(len(claims.trusted))
        self.suspects.append(len(claims.suspects))
        return claims

    def finish(self):
        bt, _ = self.start()
        same(bt.wait(60), 0, "exit status of the run to the end")
        self.swarm.check_payload(self.out)


def cut_often(lab, options, rounds):
    cuts = Cuts(lab, options)
    if not cuts.able:
        return
    claims = None
    while len(cuts.trusted) < rounds:
        claims = cuts.round() or claims
    cuts.finish()
    check(any(cuts.trusted), "nothing was durable at any cut: the case proves nothing")
    tell(f"{rounds} power cuts with {options}, 0 false pieces; of {claims.pieces} pieces were "
         f"trusted {cuts.trusted}, to be hashed {cuts.suspects}")


@case("Power.CutsWithOrderedData", seconds=240)
def ordered(lab):
    cut_often(lab, ORDERED, 10)


@case("Power.CutsWithDataWrittenBack", seconds=240)
def written_back(lab):
    cut_often(lab, WRITEBACK, 10)


@case("Power.ManyCutsWithOrderedData", "nightly", seconds=1800)
def often_ordered(lab):
    cut_often(lab, ORDERED, 100)


@case("Power.ManyCutsWithDataWrittenBack", "nightly", seconds=1800)
def often_written_back(lab):
    cut_often(lab, WRITEBACK, 100)


@case("Power.WithoutSyncsOfThePayloadThereAreFalsePieces", seconds=240)
def proof(lab):
    """That the cases above can fail: the payload's syncs do nothing, the state's are real."""
    cuts = Cuts(lab, WRITEBACK, rule(SYNCS, "nothing", since=1, path="/out/big", but=".bt"))
    if not cuts.able:
        return
    for turn in range(1, 21):
        claims = cuts.round(believe_wrong=True)
        if claims and claims.wrong:
            tell(f"{len(claims.wrong)} false pieces of {len(claims.trusted)} in round {turn}")
            return
        cuts.machine.make()
    check(False, "no false piece in 20 cuts without syncs: the cuts prove nothing")


@case("Power.WhatExit0SaidIsThere", seconds=120)
def after_exit(lab):
    cuts = Cuts(lab, ORDERED, shape=SMALLER)
    if not cuts.able:
        return
    for options in (ORDERED, WRITEBACK):
        cuts.machine.options = options
        for _ in range(2):
            cuts.machine.make()
            bt, _ = cuts.start()
            code = bt.wait(60)
            cuts.machine.cut()
            same(code, 0, "exit status")
            cuts.machine.restart()
            cuts.swarm.check_bytes(cuts.out)
            again = lab.run_bt("-q", "-d", cuts.out, cuts.swarm.source)
            same(again.code, 0, "exit status without a peer, after the cut")


@case("Power.ACutBeforeTheFirstSyncLeavesNothingInTheWay", seconds=60)
def before_the_first_sync(lab):
    """Blocks come while what tells whose the files are is not on the device yet."""
    cuts = Cuts(lab, ORDERED, shape=SMALLER)
    if not cuts.able:
        return
    at_once = cuts.rules
    for options in (ORDERED, WRITEBACK):
        cuts.machine.options = options
        cuts.machine.make()
        cuts.rules = [*at_once, rule("fsync,fdatasync", "delay:5000", at=1)]
        before = cuts.seeder.status()["uploaded"]
        bt, faults = cuts.start()
        bt.wait_for(lambda b=before: cuts.seeder.status()["uploaded"] > b, 4, "a block")
        same(faults.struck(1), 1, "delayed syncs")
        cuts.machine.cut()
        bt.child.kill()
        bt.child.wait()
        cuts.machine.restart()
        cuts.rules = at_once
        cuts.finish()


@case("Power.AWriteUnderWayDuringASyncIsSyncedByTheNext", seconds=60)
def under_way(lab):
    """The last write hangs while the sync that falls due goes by; exit 0 covers it all the same."""
    machine = Machine(lab, WRITEBACK, 64 * MIB)
    if not machine.make():
        tell(f"skipped: no file system on a loop device here ({machine.why})")
        return
    swarm = Swarm(lab, ("film.dat", 64 * KIB, 4 * MIB))
    out = machine.folder / "out"
    out.mkdir()
    seeder = swarm.seeder()
    faults = Faults(lab, out, rule("pwritev", "delay:8000", at=64, path="/film"),
                    rule("fsync", path="/film"))
    bt = lab.bt("--peer", "%s:%d" % seeder.place, "-d", out, swarm.source, env=faults.env)
    until(lambda: faults.about(1) or not bt.running(), 20, "a sync")
    check(bt.running() and faults.struck(), "the write did not hang")
    same(bt.wait(30), 0, "exit status")
    machine.cut()
    machine.restart()
    swarm.check_bytes(out)


@case("Power.ACutBeforeTheFirstSync", seconds=60)
def before_the_first(lab):
    """What is left of a run that had not synced anything is its own: the next one goes on."""
    machine = Machine(lab, WRITEBACK, 64 * MIB)
    if not machine.make():
        tell(f"skipped: no file system on a loop device here ({machine.why})")
        return
    swarm = Swarm(lab, LARGE_PIECES)
    out = machine.folder / "out"
    out.mkdir()
    seeder = swarm.seeder(hold_after=100)  # no piece is whole
    bt = lab.bt("--peer", "%s:%d" % seeder.place, "-d", out, swarm.source)
    bt.wait_for(seeder.holding, 20, "the blocks before the hold")
    until(lambda: len(swarm.blocks_on_disk(out)) >= 4, 20, "blocks on disk")
    # The kernel writes back the payload, and somebody else has the file system commit.
    for path in out.rglob("*.dat"):
        write_back(path, 0, path.stat().st_size)
    with open(machine.folder / "other", "wb", buffering=0) as other:
        other.write(b"x")
        os.fsync(other.fileno())
    machine.cut()
    bt.child.kill()
    bt.child.wait()
    seeder.close()
    machine.restart()
    left = {p.name: p.stat().st_size for p in sorted(out.rglob("*")) if p.is_file()}
    tell(f"left after the cut: {left}; {swarm.claims(out)}")
    swarm.finish(out, 8 * MIB)
