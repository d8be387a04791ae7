"""Files that somebody else changes, between two runs or during one: what is outside the download is
never touched, only the changed file is hashed again, and exit 0 means that the data is right.
"""
import os
import random
import shutil
import signal

from cases import case
from faults import SMALL, Swarm, side_by_side, tell
from harness import BT, check, same, until
from peers import BLOCK
from power import ORDERED, Machine
from torrents import MIB

IN_THE_WAY, MAY_NOT_OPEN, MAY_NOT_MAKE, READ_OR_WRITTEN, NO_FOLDER = 13, 15, 16, 17, 18
FOLDER = "one/two/"
VICTIM = FOLDER + "c.dat"
CANARY = b"this is somebody else's" * 1000


class Scene:
    """A download below a folder, a file of it that is to be changed, and a file outside."""

    def __init__(self, swarm, name):
        self.swarm = swarm
        self.place = swarm.lab.path(name)
        self.out = swarm.lab.path(name, "out")
        self.victim = self.out / swarm.torrent.name / VICTIM
        self.canary = self.place / "canary"
        self.canary.write_bytes(CANARY)

    def begin(self, blocks):
        """A run that has got so many blocks, and holds."""
        seeder = self.swarm.seeder(hold_after=blocks)
        bt = self.swarm.lab.bt("-vv", "--peer", "%s:%d" % seeder.place, "-d", self.out,
                               self.swarm.source)
        bt.wait_for(seeder.holding, 20, "the blocks before the hold")
        until(lambda: seeder.whole_pieces() <= self.on_disk(seeder), 20, "the pieces on disk")
        return seeder, bt

    def on_disk(self, seeder):
        there = self.swarm.blocks_on_disk(self.out)
        return {p for p in seeder.whole_pieces()
                if all((p, b) in there for b in range(0, seeder.piece_size(p), BLOCK))}

    def under(self, path):
        """The pieces in which the files of this path, or below it, have a part."""
        begin, out, size = 0, set(), self.swarm.torrent.piece_length
        for file in self.swarm.torrent.info["files"]:
            end = begin + file["length"]
            if "/".join(file["path"]).startswith(path) and end > begin:
                out |= set(range(begin // size, (end - 1) // size + 1))
            begin = end
        return out

    def check_canary(self):
        same(self.canary.read_bytes() == CANARY, True, "the file outside is as it was")


def flip(scene):
    before = scene.victim.stat()
    with open(scene.victim, "r+b") as file:
        file.seek(12345)
        byte = file.read(1)[0]
        file.seek(12345)
        file.write(bytes([byte ^ 1]))
    os.utime(scene.victim, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(scene):
    other = scene.place / "other"
    other.write_bytes(bytes(scene.victim.stat().st_size))
    other.rename(scene.victim)


def in_its_place(make):
    def change(scene):
        scene.victim.unlink()
        make(scene)
    return change


def extend(scene):
    # Beyond what the torrent has, whatever is there so far.
    with open(scene.victim, "r+b") as file:
        file.seek(6 << 20)
        file.write(b"more")


# What is done to the file, and how a later run may end.
CHANGES = {
    "truncate": (lambda s: os.truncate(s.victim, s.victim.stat().st_size // 2), {0}),
    "extend": (extend, {IN_THE_WAY}),
    "flip": (flip, {0}),
    "replace": (replace, {0, IN_THE_WAY}),
    "delete": (lambda s: s.victim.unlink(), {0}),
    "symlink": (in_its_place(lambda s: s.victim.symlink_to(s.canary)), {IN_THE_WAY}),
    "fifo": (in_its_place(lambda s: os.mkfifo(s.victim)), {IN_THE_WAY}),
    "folder": (in_its_place(lambda s: s.victim.mkdir()), {IN_THE_WAY}),
    "hard link": (in_its_place(lambda s: os.link(s.canary, s.victim)), {0, IN_THE_WAY}),
    "everything deleted": (lambda s: shutil.rmtree(s.out / s.swarm.torrent.name), {0}),
    "folder by symlink": (lambda s: (shutil.rmtree(s.victim.parent),
                                     s.victim.parent.symlink_to(s.place))[0], {IN_THE_WAY}),
}


def between(scene, change, codes):
    """Changed while nothing runs."""
    seeder, bt = scene.begin(480)
    bt.send(signal.SIGINT)
    same(bt.wait(10), 7, "exit status of the interrupted run")
    seeder.close()
    before = scene.swarm.claims(scene.out)
    check(before.trusted and not before.suspects, f"before the change: {before}")
    change(scene)
    touched = scene.under(VICTIM)
    if not scene.victim.parent.is_dir():
        touched = scene.under("")
    elif scene.victim.parent.is_symlink():
        touched = scene.under(FOLDER)
    after = scene.swarm.claims(scene.out)
    same(sorted(before.trusted - after.trusted - touched), [],
         "pieces of other files that are not believed any more")
    same(sorted(after.trusted & touched), [], "believed of the changed file")
    check(after.suspects <= touched, f"to be hashed: {after}")
    last = scene.swarm.seeder()
    end = scene.swarm.run(scene.out, last, "-vv")
    check(end.code in codes, f"exit status {end.code}: {end.err[-1500:]}")
    if end.code == 0:
        scene.swarm.check_payload(scene.out)
        again = {p for p, _, _ in last.served} & after.trusted
        check(not again, f"pieces {sorted(again)} were fetched again")


def during(scene, change, codes):
    """Changed under a running download."""
    seeder, bt = scene.begin(250)
    change(scene)
    seeder.release()
    code = bt.wait(40)
    check(code in codes | {0, IN_THE_WAY, MAY_NOT_MAKE, NO_FOLDER, READ_OR_WRITTEN},
          f"exit status {code}: {bt.err[-1500:]}")
    if code == 0:
        scene.swarm.check_payload(scene.out)
    else:
        scene.swarm.claims(scene.out)
    return code


def all_changes(lab, deed):
    swarm = Swarm(lab, SMALL)

    def one(name):
        change, codes = CHANGES[name]
        scene = Scene(swarm, name)
        try:
            code = deed(scene, change, codes)
            scene.check_canary()
        except Exception as error:
            return f"{name}: {error}"
        tell(f"{name}: {code if code is not None else 'fine'}")
        return None

    failures = [f for f in side_by_side(one, CHANGES) if f]
    check(not failures, "\n".join(failures))


@case("Changed.BetweenRuns", seconds=120)
def between_runs(lab):
    all_changes(lab, between)


@case("Changed.DuringARun", seconds=120)
def during_a_run(lab):
    all_changes(lab, during)


@case("Changed.WhereTimesAreWholeSeconds")
def whole_seconds(lab):
    """A change in the very second of the last write, on a file system with small inodes."""
    machine = Machine(lab, ORDERED, 64 * MIB, "-I", "128")
    if not machine.make():
        tell(f"skipped: no file system on a loop device here ({machine.why})")
        return
    swarm = Swarm(lab, SMALL)
    for turn in range(4):
        scene = Scene(swarm, machine.folder / str(turn))
        seeder, bt = scene.begin(480)
        if turn % 2:
            bt.send(signal.SIGINT)
            same(bt.wait(10), 7, "exit status of the interrupted run")
        else:
            bt.child.kill()
            bt.child.wait()
        seeder.close()
        flip(scene)
        scene.swarm.claims(scene.out)
        swarm.finish(scene.out, 8 * MIB)


@case("Changed.AFileThatMayNotBeOpened")
def forbidden(lab):
    swarm = Swarm(lab, SMALL)
    scene = Scene(swarm, "forbidden")
    seeder, bt = scene.begin(480)
    bt.send(signal.SIGINT)
    same(bt.wait(10), 7, "exit status of the interrupted run")
    seeder.close()
    scene.victim.chmod(0)
    last = swarm.seeder()
    # Root in name only: file modes hold for it.
    bt = lab.start("bt", "setpriv", "--bounding-set=-all", "--inh-caps=-all", BT, "--peer",
                   "%s:%d" % last.place, "-d", scene.out, swarm.source)
    code = bt.wait(30)
    check(code in (MAY_NOT_OPEN, MAY_NOT_MAKE), f"exit status {code}: {bt.err}")
    scene.victim.chmod(0o644)
    swarm.finish(scene.out, 0)


@case("Changed.NothingIsHashedAgainAfterCleanStops", seconds=120, restarts=25)
@case("Changed.NothingIsHashedAgainAfterManyCleanStops", "nightly", seconds=1800, restarts=1000)
def clean_stops(lab, restarts):
    swarm = Swarm(lab, SMALL)
    scene = Scene(swarm, "clean")
    blocks = 100
    for _ in range(restarts):
        seeder, bt = scene.begin(blocks)
        bt.send(signal.SIGINT)
        same(bt.wait(10), 7, "exit status")
        seeder.close()
        claims = swarm.claims(scene.out)
        check(not claims.suspects, f"to be hashed after a clean stop: {claims}")
        blocks = 4
        if len(claims.trusted) > 120:
            shutil.rmtree(scene.out)
            scene.out.mkdir()
            blocks = 100
    tell(f"{restarts} clean stops, nothing hashed after any")


def flipped_bit(scene, state):
    data = bytearray(state.read_bytes())
    data[scene.rng.randrange(len(data))] ^= 1 << scene.rng.randrange(8)
    state.write_bytes(data)


def cut_off(scene, state):
    os.truncate(state, scene.rng.randrange(state.stat().st_size))


def lost_middle(scene, state):
    data = state.read_bytes()
    at = scene.rng.randrange(len(data))
    state.write_bytes(data[:at] + data[at + scene.rng.randrange(1, 100):])


def at_its_place(make):
    def change(scene, state):
        state.unlink()
        make(scene, state)
    return change


REFUSED = {IN_THE_WAY, MAY_NOT_MAKE}
# What is done to the state, how often, and how a later run may end.
STATES = {
    "flipped bit": (flipped_bit, 12, {0}), "cut off": (cut_off, 8, {0}),
    "lost middle": (lost_middle, 6, {0}),
    "empty": (lambda scene, state: os.truncate(state, 0), 1, {0}),
    "garbage": (lambda scene, state: state.write_bytes(scene.rng.randbytes(5000)), 1, {0}),
    "huge": (lambda scene, state: os.truncate(state, 1 << 30), 1, {0}),
    "deleted": (lambda scene, state: state.unlink(), 1, {0}),
    "symlink": (at_its_place(lambda scene, state: state.symlink_to(scene.canary)), 1, REFUSED),
    "hard link": (at_its_place(lambda scene, state: os.link(scene.canary, state)), 1,
                  REFUSED | {0}),
    "fifo": (at_its_place(lambda scene, state: os.mkfifo(state)), 1, REFUSED),
    "folder": (at_its_place(lambda scene, state: state.mkdir()), 1, REFUSED),
}


@case("Changed.TheStateItself", seconds=120)
def the_state(lab):
    swarm = Swarm(lab, SMALL)
    seed = random.randrange(1 << 32)
    tell(f"random seed {seed}")

    def one(item):
        name, turn = item
        change, _, codes = STATES[name]
        scene = Scene(swarm, f"{name} {turn}")
        scene.rng = random.Random(f"{seed} {name} {turn}")
        try:
            seeder, bt = scene.begin(300)
            bt.child.kill()
            bt.child.wait()
            seeder.close()
            change(scene, scene.out / f".{swarm.torrent.hex}.bt")
            if 0 in codes:
                swarm.claims(scene.out)
            last = swarm.seeder()
            end = swarm.run(scene.out, last)
            check(end.code in codes, f"exit status {end.code}: {end.err[-1500:]}")
            if end.code == 0:
                swarm.check_payload(scene.out)
                check(len(last.served) < 480, f"{len(last.served)} blocks were fetched again")
            scene.check_canary()
        except Exception as error:
            return f"{name} {turn}: {error}"
        return None

    items = [(name, turn) for name in STATES for turn in range(STATES[name][1])]
    failures = [f for f in side_by_side(one, items) if f]
    check(not failures, "\n".join(failures))
    tell(f"{len(items)} changes of the state, 0 false pieces")
