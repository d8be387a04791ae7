"""Disks that fail: full ones, and system calls that return errors. The download ends with the
fitting exit status and one line, blames no peer, and goes on later from what it had.
"""
from cases import case
from faults import (LARGE_PIECES, OPENS, SMALL, STATE, SYNCS, WRITES, Faults, Swarm, rule,
                    side_by_side, tell)
from harness import BT, check, same, until
from power import ORDERED, Machine
from torrents import KIB, MIB

OPENED, CREATED, READ_OR_WRITTEN, NO_FOLDER, NO_SPACE = 15, 16, 17, 18, 9
PAYLOAD = "/album"


def check_line(end):
    """It says in one line what is wrong, and blames no peer."""
    errors = [line for line in end.err.split("\n")
              if line.startswith("bt: ") and not line.startswith("bt: warning")]
    same(len(errors), 1, f"complaints in {end.err[-2000:]!r}")
    check(len(errors[0]) < 300 and "std::" not in errors[0], f"the complaint: {errors[0]!r}")
    check("banned" not in end.err, f"a peer is banned: {end.err}")
    check("hash" not in errors[0], f"the hash is blamed: {errors[0]!r}")


class Injection:
    """One kind of fault at many calls."""

    def __init__(self, lab, shape=SMALL):
        self.lab = lab
        self.swarm = Swarm(lab, shape)
        self.number = 0
        self.runs = 0

    def run(self, out, *rules):
        seeder = self.swarm.seeder()
        faults = Faults(self.lab, out, *rules)
        end = self.swarm.run(out, seeder, "-vv", env=faults.env)
        seeder.close()
        return end, faults

    def fresh(self, before):
        self.number += 1
        out = self.swarm.out(f"out{self.number}")
        if before:
            end, _ = self.run(out, before)
            check(end.code < 0, f"the first run was not killed, but ended with {end.code}")
        return out

    def at(self, calls, action, turn, codes, lasting=False, before=None, after=None, **files):
        """The fault in one call, or in it and all that follow; then a run to the end."""
        what = f"{action} at {calls} {turn}{' and later' if lasting else ''}"
        try:
            out = self.fresh(before)
            place = {"since": turn} if lasting else {"at": turn}
            end, faults = self.run(out, rule(calls, action, **place, **files))
            if not faults.struck():
                same(end.code, 0, "exit status without a fault")
                return
            check(end.code in codes, f"exit status {end.code}: {end.err[-1500:]}")
            if end.code:
                check_line(end)
            claims = self.swarm.claims(out)
            if after:
                after(end, claims)
            if end.code:
                self.swarm.finish(out, 8 * MIB, claims)
            else:
                self.swarm.check_bytes(out)
            self.runs += 1
        except Exception as error:
            raise type(error)(f"{what}: {error}") from error

    def sweep(self, calls, action, codes, step=1, before=None, **more):
        files = {k: v for k, v in more.items() if k in ("path", "but")}
        out = self.fresh(before)
        end, faults = self.run(out, rule(calls, **files))
        same(end.code, 0, "exit status without a fault")
        count = faults.about()
        check(count, f"no {calls}")
        runs = self.runs
        side_by_side(lambda turn: self.at(calls, action, turn, codes, before=before, **more),
                     range(1, count + 1, step))
        tell(f"{action} at {calls}: {count} calls, {self.runs - runs} faults, exit {codes}")


@case("DiskFault.AllWrites", "nightly", seconds=1800, step=1)
@case("DiskFault.Writes", seconds=180, step=12)
def writes(lab, step):
    faults = Injection(lab)
    for error, code in (("EIO", READ_OR_WRITTEN), ("ENOSPC", NO_SPACE), ("EDQUOT", NO_SPACE),
                        ("EROFS", READ_OR_WRITTEN), ("EFBIG", READ_OR_WRITTEN)):
        faults.sweep(WRITES, error, {code}, 2 * step)
        faults.sweep(WRITES, error, {code}, step, lasting=True, path=STATE)
    for harmless in ("EINTR", "short"):
        faults.sweep(WRITES, harmless, {0}, 2 * step)
    faults.at(WRITES, "short", 1, {0}, lasting=True)


def nothing_in_doubt(_, claims):
    """What was not durable before a sync failed is not believed after it."""
    check(claims.trusted <= claims.durable, f"after a failed sync: {claims}")
    check(not claims.prefixes, f"after a failed sync: {claims}")


@case("DiskFault.Syncs", seconds=180)
def syncs(lab):
    faults = Injection(lab)
    for error, code in (("EIO", READ_OR_WRITTEN), ("ENOSPC", NO_SPACE)):
        faults.sweep(SYNCS, error, {code}, 2, but=STATE, path=PAYLOAD, after=nothing_in_doubt)
        faults.sweep(SYNCS, error, {code}, path=STATE)
    # What cannot be synced in parts is synced as a whole.
    faults.sweep("sync_file_range", "ENOSYS", {0}, 3, lasting=True)


@case("DiskFault.ABusyDiskKeepsNoPeerWaiting")
def busy(lab):
    """What a new download writes down first reaches the disk late: blocks are fetched meanwhile, and
    not one of them is written before."""
    swarm = Swarm(lab, SMALL)
    seeder, out = swarm.seeder(), swarm.out("out")
    faults = Faults(lab, out, rule("fsync,fdatasync", "delay:4000", at=1),
                    rule(WRITES, path=PAYLOAD))
    run = lab.bt("--peer", "%s:%d" % seeder.place, "-d", out, swarm.source, env=faults.env)
    until(lambda: seeder.served, 3, "a block from the seeder")
    same(faults.about(1), 0, "writes of the payload before the first sync")
    same(run.wait(30), 0, "exit status")
    same(faults.struck(0), 1, "delayed syncs")
    check(faults.about(1) > 0, "nothing was written")
    swarm.check_payload(out)


@case("DiskFault.SyncsOfManyFiles", seconds=120)
def syncs_of_many(lab):
    faults = Injection(lab, ("album", 64 * KIB, [(f"{i}.dat", 20_000 + i) for i in range(80)]))
    faults.sweep("syncfs", "EIO", {READ_OR_WRITTEN}, after=nothing_in_doubt)


@case("DiskFault.AllOpens", "nightly", seconds=1800, step=1)
@case("DiskFault.Opens", seconds=180, step=3)
def opens(lab, step):
    faults = Injection(lab)
    faults.sweep(OPENS, "EMFILE", {0, OPENED, CREATED, READ_OR_WRITTEN, NO_FOLDER}, step)
    faults.sweep("openat2", "EMFILE", {0}, path=PAYLOAD)
    faults.sweep(OPENS, "EMFILE", {OPENED, CREATED, READ_OR_WRITTEN, NO_FOLDER}, step, lasting=True)
    faults.sweep("openat2", "EINTR", {0}, path=PAYLOAD)
    for error in ("EROFS", "EIO"):
        faults.sweep(OPENS, error, {OPENED, CREATED, READ_OR_WRITTEN, NO_FOLDER}, 2 * step)
    # 0: a folder that may not be read cannot be synced.
    faults.sweep(OPENS, "EACCES", {0, OPENED, CREATED, READ_OR_WRITTEN, NO_FOLDER}, 2 * step)
    faults.sweep("mkdir", "EROFS", {NO_FOLDER})
    faults.sweep("mkdir", "ENOSPC", {NO_SPACE})
    faults.at("openat2", "ENOSYS", 1, {0}, lasting=True)


@case("DiskFault.GoingOn", seconds=180)
def going_on(lab):
    """The calls by which a run takes up the state of another."""
    faults = Injection(lab)
    before = rule(WRITES, "kill", at=90)
    for error, code in (("EIO", READ_OR_WRITTEN), ("ENOSPC", NO_SPACE)):
        faults.sweep("rename", error, {code}, before=before)
        faults.sweep(WRITES, error, {code}, 40, before=before, path=STATE)
        faults.sweep("fsync", error, {code}, 4, before=before, path=STATE)
    faults.sweep("unlink", "EIO", {0, READ_OR_WRITTEN}, before=before)
    faults.sweep("pread", "EIO", {0, READ_OR_WRITTEN}, 2, before=before)
    faults.sweep("pread", "short", {0}, 2, before=before)
    faults.sweep("pread", "EINTR", {0}, 2, before=before)


@case("DiskFault.APrefixOfALargePiece", seconds=120)
def prefixes(lab):
    faults = Injection(lab, LARGE_PIECES)
    faults.sweep(WRITES, "EIO", {READ_OR_WRITTEN}, 4)
    faults.sweep(WRITES, "short", {0}, 6)


SIZE = ("album", 256 * KIB, [("a.dat", 24 * MIB), ("b/c.dat", 16 * MIB - 5)])


def fill_up(lab, out, folder):
    """Somebody else takes all the room while a download holds; then there is room again."""
    swarm = Swarm(lab, SIZE)
    seeder = swarm.seeder(hold_after=400)
    bt = lab.bt("--peer", "%s:%d" % seeder.place, "-d", out, swarm.source)
    bt.wait_for(seeder.holding, 20, "the blocks before the hold")
    with open(folder / "other", "wb", buffering=0) as other:
        try:
            while other.write(bytes(64 * KIB)):
                pass
        except OSError:
            pass
    seeder.release()
    same(bt.wait(30), NO_SPACE, "exit status")
    check("space" in bt.err.lower(), f"the complaint does not speak of space: {bt.err}")
    check_line(bt)
    seeder.close()
    check(seeder.served_bytes <= swarm.torrent.length, f"{seeder.served_bytes} bytes were served")
    claims = swarm.claims(out)
    check(len(claims.had) >= 5, f"kept: {claims}")
    same(lab.run_bt("--peer", "%s:%d" % seeder.place, "-d", out, swarm.source).code, NO_SPACE,
         "exit status while there is no room")
    (folder / "other").unlink()
    tell(f"kept {claims}, again {swarm.finish(out, 8 * MIB)} bytes")


@case("DiskFull.ATmpfs")
def full_tmpfs(lab):
    folder = lab.tmpfs("small", 48 * MIB)
    fill_up(lab, folder, folder)


@case("DiskFull.AnExt4")
def full_ext4(lab):
    machine = Machine(lab, ORDERED, 64 * MIB)
    if not machine.make():
        tell(f"skipped: no file system on a loop device here ({machine.why})")
        return
    out = machine.folder / "out"
    out.mkdir()
    fill_up(lab, out, machine.folder)


@case("DiskFull.ALimitOnTheSizeOfFiles")
def limited(lab):
    swarm = Swarm(lab, SIZE)
    out = swarm.out("out")
    seeder = swarm.seeder()
    bt = lab.start("bt", "prlimit", f"--fsize={16 * MIB}", BT, "--peer", "%s:%d" % seeder.place,
                   "-d", out, swarm.source)
    same(bt.wait(30), READ_OR_WRITTEN, "exit status")
    check_line(bt)
    seeder.close()
    claims = swarm.claims(out)
    tell(f"kept {claims}, again {swarm.finish(out, 8 * MIB)} bytes")
