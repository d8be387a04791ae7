"""Choosing files: only the chosen ones are fetched, nothing else is touched, and no choice of an
earlier run makes a later one believe what is not there.
"""
import signal

from cases import case
from harness import check, same, until
from peers import HttpTracker, Seeder
from torrents import KIB, check_only, make_payload, tree

SHAPE = ("show", 32 * KIB, [
    ("s1/e1.mkv", 300 * KIB + 5), ("s1/e1.srt", 700), ("s1/e2.mkv", 200 * KIB + 77),
    ("s2/e1.mkv", 100 * KIB + 3), ("s2/empty", 0), ("cover.jpg", 5 * KIB), ("a,b [x].txt", 9)])
TRACKER_AT = ("10.77.0.1", 6969)
SEED_AT = ("10.77.1.1", 7100)


class Swarm:
    """A seeder, a tracker that names it, and runs of bt into one folder."""

    def __init__(self, lab, shape=SHAPE, **seeder):
        self.lab = lab
        self.torrent = make_payload(lab.path("seed"), shape)
        self.tracker = HttpTracker(lab, *TRACKER_AT, peers=[SEED_AT])
        self.source = self.torrent.write(lab.folder / "x.torrent", self.tracker.url)
        self.seeder = Seeder(lab, self.torrent, *SEED_AT, **seeder)
        self.out = lab.path("out")

    def start(self, *options):
        return self.lab.bt(*options, "-d", self.out, self.source)

    def run(self, *options, code=0):
        """The pieces that were fetched."""
        before = len(self.seeder.served)
        run = self.lab.run_bt(*options, "-d", self.out, self.source, timeout=30)
        same(run.code, code, f"exit status with {options}")
        self.last = run
        return {piece for piece, _, _ in self.seeder.served[before:]}

    def another_seeder(self, **options):
        self.seeder.close()
        self.seeder = Seeder(self.lab, self.torrent, *SEED_AT, **options)

    def pieces_of(self, *names):
        out, at = set(), 0
        for file in self.torrent.info["files"]:
            if file["length"] and "/".join(file["path"]) in names:
                size = self.torrent.piece_length
                out |= set(range(at // size, (at + file["length"] - 1) // size + 1))
            at += file["length"]
        return out

    def check_holds(self, *names):
        """These files, whole, and nothing else at all."""
        wanted = {f"{self.torrent.name}/{k}": v for k, v in tree(self.torrent.payload).items()
                  if k in names}
        same(tree(self.out), wanted, "the output folder")


MKV = ("s1/e1.mkv", "s1/e2.mkv", "s2/e1.mkv")


@case("Select.OnlyWhatIsChosenIsFetched", "quick")
def only_chosen(lab):
    swarm = Swarm(lab)
    fetched = swarm.run("--select-file", "s2/*", "--select-file=2")
    swarm.check_holds("s2/e1.mkv", "s2/empty", "s1/e1.srt")
    same(fetched, swarm.pieces_of("s2/e1.mkv", "s1/e1.srt"), "pieces fetched")
    check("completed" not in swarm.tracker.events(), "the tracker was told of a whole torrent")
    left = int(swarm.tracker.announces[-1]["left"])
    check(left > 0, "the tracker takes us for a seed")


@case("Select.EveryWayToChoose")
def every_way(lab):
    for options, names in (
            (["--select-file=1,3-4"], MKV),
            (["--select-file=*.mkv"], MKV),
            (["--select-file=*.MKV,*.jpg", "--exclude=3"], None),
            (["--select-file=*.mkv", "--exclude=s1"], ["s2/e1.mkv"]),
            (["--exclude", "s1,cover.jpg,a\\,*"], ["s2/e1.mkv", "s2/empty"]),
            (["--select-file=a\\,b \\[x\\].txt"], ["a,b [x].txt"]),
            (["--select-file=2-7", "--exclude=2,*.mkv", "--sequential"],
             ["s2/empty", "cover.jpg", "a,b [x].txt"])):
        swarm = Swarm(lab)
        swarm.run(*options, code=28 if names is None else 0)
        if names is None:
            check('"*.MKV"' in swarm.last.err, swarm.last.err)
        else:
            swarm.check_holds(*names)
        swarm.seeder.close()
        swarm.tracker.close()
        for file in sorted(swarm.out.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()


@case("Select.WhatIsNotInTheTorrentEndsWith28", "quick")
def not_there(lab):
    swarm = Swarm(lab)
    for options, named in ((["--select-file=8"], '"8"'), (["--select-file=6-9"], '"6-9"'),
                           (["--select-file=*.avi"], '"*.avi"'), (["--exclude=*.avi"], '"*.avi"'),
                           (["--select-file=1", "--exclude=s1"], "no file"),
                           (["--select-file=3-1"], "--select-file"), (["--select-file", ""], "empty"),
                           (["--exclude=1,,2"], "--exclude")):
        swarm.run(*options, code=28)
        check(named in swarm.last.err, f"{options}: {swarm.last.err}")
        same(list(swarm.out.iterdir()), [], "the output folder")


@case("Select.OneAfterTheOther", "quick")
def one_after_the_other(lab):
    swarm = Swarm(lab)
    swarm.run("--select-file=1")
    swarm.check_holds("s1/e1.mkv")
    swarm.run("--select-file=3")
    swarm.check_holds("s1/e1.mkv", "s1/e2.mkv")
    # What is left of a finished run cannot be told good where a piece is shared with other files.
    shared = swarm.pieces_of("s1/e1.srt", "s2/e1.mkv")
    fetched = swarm.run("--select-file=1,3")
    check(fetched <= shared, f"{sorted(fetched)} were fetched of what is there")
    fetched = swarm.run()
    check_only(swarm.torrent, swarm.out)
    again = fetched & (swarm.pieces_of("s1/e1.mkv") - swarm.pieces_of("s1/e1.srt"))
    same(again, set(), "pieces fetched twice")


@case("Select.AnotherChoiceAfterAKill")
def another_choice(lab):
    swarm = Swarm(lab, hold_after=14)
    bt = swarm.start("--sequential", "--select-file=3-4")
    bt.wait_for(swarm.seeder.holding, 20, "the hold")
    bt.wait_for(lambda: list(swarm.out.glob(".*.parts")), 20, "the parts file")
    bt.send(signal.SIGKILL)
    until(lambda: not bt.running(), 5, "the end of bt")
    swarm.another_seeder(hold_after=12)
    bt = swarm.start("--select-file=1")
    bt.wait_for(swarm.seeder.holding, 20, "the hold")
    bt.send(signal.SIGKILL)
    until(lambda: not bt.running(), 5, "the end of bt")
    swarm.another_seeder()
    swarm.run()
    check_only(swarm.torrent, swarm.out)


@case("Select.AKilledRunGoesOn", "quick")
def killed(lab):
    # Of the pieces of file 3 the first and the last are shared with others.
    swarm = Swarm(lab, hold_after=13)
    bt = swarm.start("--sequential", "--select-file=3")
    bt.wait_for(swarm.seeder.holding, 20, "the hold")
    whole = swarm.seeder.whole_pieces()
    path = swarm.out / "show/s1/e2.mkv"
    bt.wait_for(lambda: path.exists() and path.stat().st_blocks * 512 >= 32 * KIB * (len(whole) - 2),
                20, "the pieces on disk")
    bt.send(signal.SIGKILL)
    until(lambda: not bt.running(), 5, "the end of bt")
    check((swarm.out / f".{swarm.torrent.hex}.parts").exists(), "no parts file")
    swarm.another_seeder()
    fetched = swarm.run("--select-file=3")
    check(len(fetched & whole) <= 2, f"{sorted(fetched & whole)} were fetched again")
    swarm.check_holds("s1/e2.mkv")


@case("Select.AFileThatIsNotChosenIsLeftAlone", "quick")
def left_alone(lab):
    swarm = Swarm(lab)
    mine = swarm.out / "show/s1/e1.srt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n" * 400)
    before = mine.stat()
    swarm.run("--select-file=1,3")
    after = mine.stat()
    same((after.st_ino, after.st_mtime_ns, after.st_size),
         (before.st_ino, before.st_mtime_ns, before.st_size), "the file")
    same(mine.read_text(), "mine\n" * 400, "its content")
    swarm.run(code=13)
    same(mine.read_text(), "mine\n" * 400, "its content")
    swarm.run("--overwrite")
    check_only(swarm.torrent, swarm.out)


@case("Select.WhatIsThereNeedsNoPeer", "quick")
def needs_no_peer(lab):
    torrent = make_payload(lab.path("out"), SHAPE)
    source = torrent.write(lab.folder / "x.torrent", "http://10.77.0.1:1/announce")
    before = {p: p.stat().st_mtime_ns for p in torrent.payload.rglob("*")}
    for choice in ("3", "s2", "1-4"):
        run = lab.run_bt("-d", lab.path("out"), "--select-file", choice, source, timeout=20)
        same(run.code, 0, "exit status")
    same({p: p.stat().st_mtime_ns for p in torrent.payload.rglob("*")}, before, "the files")
    same([p.name for p in lab.path("out").iterdir()], ["show"], "the output folder")


@case("Select.TheRoomNeededIsThatOfTheChosenFiles")
def room(lab):
    swarm = Swarm(lab, ("big", 64 * KIB, [("small", 300 * KIB), ("large", 3000 * KIB)]))
    swarm.out = lab.tmpfs("little", "1M")
    swarm.run(code=9)
    swarm.run("--select-file=small")
    swarm.check_holds("small")


@case("Select.APartialSeedServesWhatItHas")
def partial_seed(lab):
    swarm = Swarm(lab)
    first = swarm.start("--select-file=3", "--seed", "--listen-port=7200")
    first.wait_for(lambda: "seeding" in first.err, 20, "the seed")
    swarm.seeder.close()
    alone = swarm.torrent.write(lab.folder / "alone.torrent")
    run = lab.run_bt("--peer=127.0.0.1:7200", "--select-file=3", "-d", lab.path("second"), alone,
                     timeout=20)
    same(run.code, 0, "exit status")
    same(tree(lab.path("second")), {k: v for k, v in tree(swarm.out).items()
                                    if not k.startswith(".")}, "the second folder")
    first.send(signal.SIGINT)
    same(first.wait(5), 0, "exit status of the seed")
