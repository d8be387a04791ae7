"""Blocks that wait for one that does not come: they lie on disk, where neither the end of the process
takes them, nor does anybody fill the memory with them.
"""
import signal

from cases import case
from faults import Claims, Faults, rule, tell
from harness import check, pause, same, until
from peers import Seeder
from torrents import KIB, MIB, check_only, make_payload

READ_OR_WRITTEN = 17
MOST_A_KILL = 16 * MIB  # received, and not there after it
KEEPERS = 6
PACE = 0.0005  # s a block: what was sent has been received, but for little


class Keeper(Seeder):
    """Keeps back the first block of every piece until it is let go."""

    def __init__(self, *arguments):
        self.kept = []
        super().__init__(*arguments)

    def answer(self, connection, piece, begin, length):
        with self.lock:
            keep = begin == 0 and not self.released.is_set()
            if keep:
                self.kept.append((connection, piece, begin, length))
        if not keep:
            super().answer(connection, piece, begin, length)
            pause(PACE)

    def let_go(self):
        with self.lock:
            self.released.set()
            kept, self.kept = self.kept, []
        for one in kept:
            super().answer(*one)


class Parked:
    """A download of which everything has come but the first blocks."""

    def __init__(self, lab, piece_length, *options, env_of=None):
        self.torrent = make_payload(lab.path("seed"), ("film.bin", piece_length, 64 * MIB))
        self.source = self.torrent.write(lab.folder / "x.torrent")
        self.keepers = [Keeper(lab, self.torrent, f"10.77.1.{i + 1}", 7100 + i)
                        for i in range(KEEPERS)]
        self.out = lab.path("out")
        peers = [f"--peer={address}:{port}" for address, port in (k.place for k in self.keepers)]
        self.run = lab.bt("-d", self.out, *options, *peers, self.source,
                          env=env_of(self.out) if env_of else None)
        until(lambda: self.received() > 40 * MIB, 60, "40 MiB received")

    def received(self):
        blocks = {one for keeper in self.keepers for one in list(keeper.served)}
        return sum(length for _, _, length in blocks)


def end(lab, piece_length, number, most):
    """Nothing is whole when the run ends by a signal, and yet next to nothing of it is lost."""
    parked = Parked(lab, piece_length, "-q")
    parked.run.send(number)
    parked.run.child.wait()
    before = parked.received()
    check(not Claims(lab, parked.source, parked.out).had, "a piece without its first block counts")
    honest = Seeder(lab, parked.torrent, "10.77.2.1", 7200)
    again = lab.bt("-q", "-d", parked.out, "--peer=10.77.2.1:7200", parked.source)
    same(again.wait(60), 0, "exit status")
    check_only(parked.torrent, parked.out)
    twice = before + honest.served_bytes - parked.torrent.length
    tell(f"pieces of {piece_length // KIB} KiB: {before / MIB:.1f} MiB received, then the end, then "
         f"{honest.served_bytes / MIB:.1f} MiB: {twice / MIB:.1f} MiB twice")
    check(twice <= most, f"{twice / MIB:.1f} MiB were received twice")


@case("Parked.BlocksOutliveAKill", "quick")
def killed(lab):
    end(lab, 256 * KIB, signal.SIGKILL, MOST_A_KILL)


@case("Parked.BlocksOfLargePiecesOutliveAKill", "quick")
def killed_with_large_pieces(lab):
    end(lab, 4 * MIB, signal.SIGKILL, MOST_A_KILL)


@case("Parked.AnInterruptLosesNone", "quick")
def interrupted(lab):
    end(lab, 1 * MIB, signal.SIGINT, 4 * MIB)


@case("Parked.BlocksThatAnotherProgramChangesAreFetchedAgain", "quick")
def changed(lab):
    parked = Parked(lab, 256 * KIB, "--log", "-")
    with open(parked.out / "film.bin", "r+b") as file:
        for at in range(0, 32 * MIB, 4 * MIB):
            file.seek(at + 20_000)
            file.write(b"somebody else was here")
    for keeper in parked.keepers:
        keeper.let_go()
    same(parked.run.wait(60), 0, "exit status")
    check_only(parked.torrent, parked.out)
    check("0 B/s, ratio" not in parked.run.err, "it says that it took no time")
    check("changed by another program" in parked.run.err, "nothing was said of it")
    check("banned" not in parked.run.err, "a peer was blamed")


@case("Parked.BlocksThatCannotBeReadEndTheRun")
def unreadable(lab):
    faults = []

    def env_of(out):
        faults.append(Faults(lab, out, rule("pread", "EIO", since=1, path="film.bin")))
        return faults[0].env

    parked = Parked(lab, 256 * KIB, env_of=env_of)
    for keeper in parked.keepers:
        keeper.let_go()
    same(parked.run.wait(60), READ_OR_WRITTEN, "exit status")
    check(faults[0].struck() > 0, "nothing was read")
    check("banned" not in parked.run.err, "a peer was blamed")
    served = sum(keeper.served_bytes for keeper in parked.keepers)
    check(served <= parked.torrent.length + 64 * MIB, f"{served / MIB:.1f} MiB were received")
