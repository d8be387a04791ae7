"""Kills at chosen system calls and at random times: whatever the last call was, no piece that the
next run believes in is false, little is fetched twice, and that run ends with the payload.
"""
import random
import shutil
import signal
import threading

from cases import case
from clients import seed
from faults import (LARGE_PIECES, OPENS, SMALL, SYNCS, WRITES, Faults, Swarm, rule, side_by_side,
                    tell)
from harness import check, pause, same, until
from torrents import KIB, MIB

# Of what was written, what the state had not been told of: the pieces that the workers had in hand,
# some at a time. Of large pieces that can be all of so small a torrent.
MOST_AGAIN = 1 * MIB
MOST_OF_LARGE_PIECES = 8 * MIB


class Sweep:
    """Kills at every `step`-th call of one kind, in the last of some runs."""

    def __init__(self, lab, shape, most_again, timeout=30):
        self.lab = lab
        self.timeout = timeout
        self.most_again = most_again
        self.swarm = Swarm(lab, shape)
        self.number = 0
        self.kills = 0
        self.again = 0

    def fresh(self):
        self.number += 1
        return self.swarm.out(f"out{self.number}")

    def one(self, out, faults):
        seeder = self.swarm.seeder()
        end = self.swarm.run(out, seeder, env=faults.env, timeout=self.timeout)
        seeder.close()
        killed = end.code == -signal.SIGKILL
        check(killed or end.code == 0, f"exit status {end.code}: {end.err}")
        same(killed, bool(faults.struck()), "killed")
        return killed

    def go(self, calls, action, step, before=None):
        """`before`: the rule of a run that comes first, and is killed by it."""
        def begun(rule_of_last):
            out = self.fresh()
            if before:
                check(self.one(out, Faults(self.lab, out, before)), "not killed at first")
            faults = Faults(self.lab, out, rule_of_last)
            return out, faults, self.one(out, faults)

        def kill_at(turn):
            try:
                out, _, killed = begun(rule(calls, action, at=turn))
                if not killed:
                    return None
                return self.swarm.finish(out, self.most_again, timeout=self.timeout)
            except Exception as error:
                raise type(error)(f"{action} at {calls} {turn}: {error}") from error

        count = begun(rule(calls))[1].about()
        results = [r for r in side_by_side(kill_at, range(1, count + 1, step)) if r is not None]
        self.kills += len(results)
        self.again = max([self.again, *results])
        tell(f"{action} at {calls}: {count} calls, {len(results)} kills, at most "
             f"{max([0, *results]) / MIB:.2f} MiB fetched again")
        return count


def sweep(lab, shape, step, least, most_again=MOST_AGAIN):
    all_of_it = Sweep(lab, shape, most_again)
    count = all_of_it.go(WRITES, "kill", step)
    check(count >= least, f"only {count} writes")
    all_of_it.go(WRITES, "half", step)
    all_of_it.go(SYNCS, "kill", 1 if step == 1 else 3)
    all_of_it.go(f"{OPENS},mkdir,rename,unlink,ftruncate", "kill", 1 if step == 1 else 3)
    # A run that goes on from another puts a new state in the place of the old one first.
    before = rule(WRITES, "kill", at=count // 2)
    all_of_it.go("rename,ftruncate,unlink", "kill", 1, before)
    all_of_it.go(SYNCS, "kill", 1 if step == 1 else 3, before)
    all_of_it.go(WRITES, "half", max(1, 2 * step), before)
    tell(f"{all_of_it.kills} kills, 0 false pieces")


@case("Kill.AtAStrideOfCalls", seconds=180)
def stride(lab):
    sweep(lab, SMALL, 16, 128)


@case("Kill.AtAStrideOfCallsWithLargePieces", seconds=180)
def stride_of_large_pieces(lab):
    sweep(lab, LARGE_PIECES, 4, 16, MOST_OF_LARGE_PIECES)


@case("Kill.WhileTheStateIsMadeShorter", "nightly", seconds=900)
def compaction(lab):
    """So many small pieces that the state outgrows itself and is made anew in the middle."""
    crumbs = Sweep(lab, ("crumbs", 1 * KIB, [("a.dat", 132 * MIB), ("b.dat", 28 * MIB)]), 1 * MIB,
                   timeout=200)
    check(crumbs.go("rename,unlink", "kill", 1) >= 3, "the state was not made anew")


@case("Kill.AtEveryCall", "nightly", seconds=1800)
def every(lab):
    sweep(lab, SMALL, 1, 128)


@case("Kill.AtEveryCallWithLargePieces", "nightly", seconds=1800)
def every_of_large_pieces(lab):
    sweep(lab, LARGE_PIECES, 1, 16, MOST_OF_LARGE_PIECES)


BIG = ("big", 256 * KIB, [("a.dat", 180 * MIB + 5), ("b/c.dat", 1), ("b/d.dat", 60 * MIB),
                          ("b/e.dat", 16 * MIB - 6)])
RATE = 50 * MIB  # of each seeder, bytes/s
MOST_A_KILL = 16 * MIB  # received, and not there after it


class Turns:
    """How many kills are left, for all lanes."""

    def __init__(self, count):
        self.left = count
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def give_back(self):
        with self.lock:
            self.left += 1


class Lane:
    """One download after the other, each killed again and again until it is complete."""

    def __init__(self, swarm, number, longest):
        self.swarm = swarm
        self.number = number
        self.rng = random.Random(f"{swarm.seed} {number}")
        self.longest = longest
        address = f"10.77.2.{number + 1}"
        self.peer = f"{address}:7200"
        self.seeder = seed(swarm.lab, "libtorrent", swarm.source, swarm.torrent.folder, limit=RATE,
                           place=(address, 7200))
        self.downloads, self.kills, self.received = 0, 0, 0
        self.hashed_again = []  # after each kill, bytes

    def start(self, out):
        return self.swarm.lab.bt("-q", "--peer", self.peer, "-d", out, self.swarm.source)

    def go(self, turns):
        until(lambda: self.seeder.status()["state"] in ("seeding", "5"), 60, "the seeder seeding")
        while self.download(turns):
            pass
        self.received = self.seeder.status()["uploaded"]

    def download(self, turns):
        """False: there is no turn to kill any more."""
        out = self.swarm.out(f"lane{self.number}-{self.downloads}")
        had, more = set(), True
        while True:
            bt = self.start(out)
            more = more and turns.take()
            if more:
                pause(self.rng.uniform(0.01, self.longest))
                bt.child.kill()
                bt.child.wait()
            else:
                bt.wait(120)
            self.swarm.lab.processes.remove(bt)  # too many to report
            if bt.child.returncode == 0:
                if more:
                    turns.give_back()
                break
            same(bt.child.returncode, -signal.SIGKILL, "how bt ended")
            self.kills += 1
            claims = self.swarm.claims(out)
            check(had <= claims.had, f"pieces {sorted(had - claims.had)} were lost by a kill")
            had = claims.had
            self.hashed_again.append(len(claims.suspects) * self.swarm.torrent.piece_length)
        self.downloads += 1
        self.swarm.check_payload(out)
        shutil.rmtree(out)
        return more


def kill_at_random(lab, kills, longest, lanes=3):
    swarm = Swarm(lab, BIG)
    swarm.seed = random.randrange(1 << 32)
    tell(f"random seed {swarm.seed}")
    turns = Turns(kills)
    all_lanes = [Lane(swarm, number, longest) for number in range(lanes)]
    side_by_side(lambda lane: lane.go(turns), all_lanes, lanes)
    killed = sum(lane.kills for lane in all_lanes)
    again = (sum(lane.received for lane in all_lanes) -
             sum(lane.downloads for lane in all_lanes) * swarm.torrent.length)
    hashed = sorted(n for lane in all_lanes for n in lane.hashed_again)
    tell(f"{killed} kills, 0 false pieces, {again / MIB:.1f} MiB received beyond the payloads "
         f"({again / MIB / killed:.2f} a kill); hashed again after a kill: median "
         f"{hashed[len(hashed) // 2] / MIB:.1f}, at most {hashed[-1] / MIB:.1f} MiB")
    whole = sum(1 for n in hashed if n > MOST_A_KILL)
    tell(f"after {whole} of {killed} kills more than {MOST_A_KILL // MIB} MiB had to be hashed")
    check(killed > kills - lanes, f"only {killed} kills")  # a lane that is done takes none back
    check(again <= MOST_A_KILL * killed, f"{again} bytes were received twice")


@case("Kill.AtRandomTimes", seconds=240)
def at_random(lab):
    kill_at_random(lab, 100, 0.8)


@case("Kill.AtManyRandomTimes", "nightly", seconds=2400)
def at_many_random(lab):
    kill_at_random(lab, 1000, 2.0)
