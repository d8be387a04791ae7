"""Lists of sources, slots that pass on, endings, and what the settings say."""
import os
import re
import struct
import time

from cases import case
from harness import check, same
from peers import INTERESTED, PIECE, REQUEST, UNCHOKE, Caller, HttpTracker, Seeder, message
from schema import of_type, read_events
from torrents import KIB, check_same_tree, make_payload

SMALL = 40 * KIB
DEAD = "http://10.77.0.1:1/announce"


def small(lab, i, *trackers, size=SMALL):
    """The torrent number i: (torrent, its .torrent)."""
    torrent = make_payload(lab.path("seed"), (f"t{i:03d}.bin", 16 * KIB, size), seed=i)
    return torrent, torrent.write(lab.folder / f"t{i:03d}.torrent", *trackers)


@case("Batch.AListOfFortyEndsByItself", seconds=120)
def forty(lab):
    """Fine ones from one seeder each, dead, silent, broken and doubled ones, in one list."""
    tracker = HttpTracker(lab, "10.77.0.1", 6969)
    lines, fine, expected = [], [], []
    for i in range(40):
        kind = ("fine", "dead", "fine", "broken", "none", "fine", "silent", "double")[i % 8]
        if kind == "fine":
            torrent, source = small(lab, i, tracker.url)
            Seeder(lab, torrent, "10.77.1.1", 7100 + i)
            lines += [str(source), f"  peer=10.77.1.1:{7100 + i}"]
            fine.append(torrent)
        elif kind == "dead":
            lines.append(str(small(lab, i, DEAD)[1]))
        elif kind == "silent":
            torrent, source = small(lab, i, tracker.url)
            Seeder(lab, torrent, "10.77.1.1", 7100 + i, hold_after=0)
            lines += [str(source), f"  peer=10.77.1.1:{7100 + i}"]
        elif kind == "broken":
            source = lab.folder / f"broken{i}.torrent"
            source.write_bytes(b"<html>")
            lines.append(str(source))
        elif kind == "none":
            lines.append(str(lab.folder / f"none{i}.torrent"))
        else:
            lines.append(str(lab.folder / "t000.torrent"))
        expected.append(kind)
    (lab.folder / "list.txt").write_text("# forty\n\n" + "\n".join(lines) + "\n")
    begin = time.monotonic()
    run = lab.run_bt("-j4", "--stall-timeout", "2s", "-d", lab.path("out"), "-i",
                     lab.folder / "list.txt", timeout=100)
    same(run.code, 40, "exit status")
    for torrent in fine:
        check_same_tree(torrent, lab.path("out"))
    said = run.err
    for kind, words in (("dead", "no peer ever answered"), ("none", "No such file"),
                        ("double", "the same torrent twice"), ("broken", "bencode")):
        check(said.count(words) >= expected.count(kind), f"{kind}: {words!r} {said.count(words)} times")
    yielded = said.count("to be tried again after the others")
    same(yielded, expected.count("dead") + expected.count("silent"), "slots that were passed on")
    check(time.monotonic() - begin < 60, "it took too long")


def default_batch(lab, count, dead, timeout):
    """Torrents of which some have no peers, with no option that makes it faster."""
    tracker = HttpTracker(lab, "10.77.0.1", 6969)
    lines, sources = [], {}
    for i in range(count):
        is_dead = i % (count // dead) == 0
        torrent, source = small(lab, i, DEAD if is_dead else tracker.url)
        if not is_dead:
            Seeder(lab, torrent, "10.77.1.1", 7100 + i)
            lines += [str(source), f"  peer=10.77.1.1:{7100 + i}"]
        else:
            lines.append(str(source))
        sources[str(source)] = 41 if is_dead else 0
    (lab.folder / "list.txt").write_text("\n".join(lines) + "\n")
    run = lab.run_bt("--json", "-d", lab.path("out"), "-i", "list.txt", timeout=timeout)
    same(run.code, 41, "exit status")
    events = read_events(run.out_path.read_bytes(), run.code)
    same({t["source"]: t["code"] for t in events[-1]["torrents"]}, sources, "the codes")
    same(len(of_type(events, "complete")), count - dead, "complete ones")
    last = run.err.splitlines()[-1]
    check(last.startswith(f"{count} torrents: {count - dead} complete, {dead} failed ({dead} no peer); "),
          f"the last line: {last!r}")
    failed = [line for line in run.err.splitlines() if "no peer ever answered" in line]
    same(len(failed), dead, "lines that say which failed")


@case("Batch.FortyAtDefaultOptions", seconds=120)
def forty_at_default_options(lab):
    begin = time.monotonic()
    default_batch(lab, 40, 4, 100)
    took = time.monotonic() - begin
    check(took < 60, f"it took {took:.0f} s: those without a peer held up the others")


@case("Batch.TwoHundredAtDefaultOptions", "nightly", seconds=900)
def two_hundred_at_default_options(lab):
    default_batch(lab, 200, 40, 800)


@case("Batch.AThousandCostLittleMemory", seconds=180)
def thousand(lab):
    lines = [str(small(lab, i, size=1000)[1]) for i in range(1000)]
    (lab.folder / "list.txt").write_text("\n".join(lines) + "\n")
    run = lab.bt("-q", "-d", lab.path("seed"), "-i", "list.txt")
    _, status, usage = os.wait4(run.pid, 0)
    same(os.waitstatus_to_exitcode(status), 0, f"exit status ({run.err})")
    run.child.returncode = 0
    check(usage.ru_maxrss < 40 * KIB, f"it took {usage.ru_maxrss} KiB")


@case("Batch.SeveralListsAreReadInOrder", "quick")
def several_lists(lab):
    _, first = small(lab, 1)
    _, second = small(lab, 2)
    (lab.folder / "a").write_text(f"{first}\n")
    (lab.folder / "b").write_text(f"{second}\n")
    run = lab.run_bt("--dry-run", "-i", "a", "-i", "b", "-d", lab.path("out"))
    same(run.code, 0, "exit status")
    names = [name for name in re.findall(r"t00\d\.bin", run.out)]
    check(names and names == sorted(names) and {"t001.bin", "t002.bin"} == set(names), run.out)
    for twice in (("-", "-"), ("-i", "-", "-"), ("-i", "-", "-i", "-")):
        run = lab.run_bt(*twice)
        same(run.code, 28, f"exit status of {twice}")
        check("standard input" in run.err, run.err)


@case("Batch.AStalledTorrentLetsOthersGoFirst")
def goes_first(lab):
    tracker = HttpTracker(lab, "10.77.0.1", 6969)
    slow, first = small(lab, 1, tracker.url)
    quick, second = small(lab, 2, tracker.url)
    holder = Seeder(lab, slow, "10.77.1.1", 7101, hold_after=1)
    Seeder(lab, quick, "10.77.1.1", 7102)
    tracker.peers += [("10.77.1.1", 7101), ("10.77.1.1", 7102)]
    bt = lab.bt("-j1", "--stall-timeout", "2s", "-d", lab.path("out"), first, second)
    bt.wait_for(lambda: quick.name in bt.err and "complete" in bt.err, 20, "the second torrent")
    holder.release()
    same(bt.wait(30), 0, "exit status: the second try of the first got it")
    check_same_tree(slow, lab.path("out"))


@case("Batch.OptionsBelowASourceAreItsOwn", "quick")
def own_options(lab):
    one, first = small(lab, 1)
    two, second = small(lab, 2)
    Seeder(lab, one, "10.77.1.1", 7101)
    Seeder(lab, two, "10.77.1.1", 7102)
    listed = f"{first}\n\tdir={lab.path('a')}\n\tpeer=10.77.1.1:7101\n{second}\n peer=10.77.1.1:7102\n"
    (lab.folder / "list").write_text(listed)
    with open(lab.folder / "list", "rb") as stdin:
        run = lab.bt("-i", "-", "-d", lab.path("b"), stdin=stdin)
        same(run.wait(20), 0, "exit status")
    check_same_tree(one, lab.path("a"))
    check_same_tree(two, lab.path("b"))


@case("Batch.28_AListThatIsWrongStartsNothing", "quick")
def wrong_list(lab):
    _, source = small(lab, 1, DEAD)
    for text, words in ((f"{source}\n speed=fast\n", "list:2: unknown option speed"),
                        (f"{source}\n\n max-peers=many\n", 'list:3: max-peers: "many"'),
                        (" dir=x\n", "list:1:"), ("# none\n", "holds no source"),
                        (f"{source}\thttp://mirror/\n", "mirrors"), ("x" * 20000, "list:1: longer")):
        (lab.folder / "list").write_text(text)
        run = lab.run_bt("-i", "list", "-d", lab.path("out"))
        same(run.code, 28, f"exit status of {text[:30]!r}")
        check(words in run.err and run.err.count("\n") == 1, f"the complaint: {run.err!r}")
    same(list(lab.path("out").iterdir()), [], "what was begun")
    same(lab.run_bt("-i", "nowhere").code, 3, "a list that is not there")


@case("Ending.5_SlowerThanTheLowestSpeed", seconds=120)
def too_slow(lab):
    torrent, source = small(lab, 1, size=4096 * KIB)
    Seeder(lab, torrent, "10.77.1.1", 7101, hold_after=3)
    run = lab.run_bt("--lowest-speed-limit", "10K", "--peer", "10.77.1.1:7101", "-d", lab.path("out"),
                     source, timeout=100)
    same(run.code, 5, "exit status")
    check("too slow" in run.err, f"the complaint: {run.err!r}")


class Leech(Caller):
    """Asks bt for one block again and again."""

    def fetch(self, blocks):
        self.send(message(INTERESTED))
        got = 0
        while got < blocks:
            kind, _ = self.receive()
            if kind in (UNCHOKE, PIECE):
                got += kind == PIECE
                self.send(message(REQUEST, struct.pack(">III", 0, 0, 16 * KIB)))


@case("Ending.SeedingEndsAtItsRatioOrTime")
def seeding_ends(lab):
    tracker = HttpTracker(lab, "10.77.0.1", 6969)
    torrent, source = small(lab, 1, tracker.url)
    Seeder(lab, torrent, "10.77.1.1", 7101)
    out = lab.path("out")
    common = ["--peer", "10.77.1.1:7101", "-d", out, "--listen-port", "7000", source]
    begin = time.monotonic()
    run = lab.run_bt("--seed-time", "2s", *common)
    same(run.code, 0, "exit status after a time")
    check(re.search(r": complete, 40\.0 KiB in (\d+ms|[01]\.\ds), ", run.err),
          f"the time of the download is not that of the seeding: {run.err!r}")
    check(1.9 < time.monotonic() - begin < 6, f"it took {time.monotonic() - begin:.1f} s")
    same([p.name for p in out.iterdir()], [torrent.name], "what is left")
    bt = lab.bt("--seed-ratio", "2", *common)
    bt.wait_for(lambda: "seeding" in bt.err, 10, "seeding")
    leech = Leech(lab, "10.77.2.1", ("10.77.0.2", 7000), torrent.info_hash)
    leech.read(68)
    leech.fetch(2 * SMALL // (16 * KIB) + 1)
    same(bt.wait(10), 0, "exit status at a ratio")
    begin = time.monotonic()
    same(lab.run_bt("--seed-time=0", "--seed-ratio=3", *common).code, 0, "exit status without seeding")
    check(time.monotonic() - begin < 3, "--seed-time=0 seeds")
    same([p.name for p in out.iterdir()], [torrent.name], "what is left")


@case("Settings.FileEnvironmentAndCommandLine", "quick")
def settings(lab):
    torrent, source = small(lab, 1)
    Seeder(lab, torrent, "10.77.1.1", 7101)
    conf = lab.path("home", ".config", "bt") / "bt.conf"
    conf.write_text(f"# mine\ndir={lab.path('file')}\nmax-peers=50\npeer=10.77.1.1:7101\nprivate=true\n")
    same(lab.run_bt(source).code, 0, "exit status with a file")
    check_same_tree(torrent, lab.path("file"))
    environment = {"BT_DIR": str(lab.path("variable"))}
    same(lab.run_bt(source, env=environment).code, 0, "exit status with a variable")
    check_same_tree(torrent, lab.path("variable"))
    same(lab.run_bt("-d", lab.path("word"), source, env=environment).code, 0, "exit status with both")
    check_same_tree(torrent, lab.path("word"))
    same(lab.run_bt("verify", source).code, 0, "verify takes the folder from the file too")
    same(lab.run_bt("verify", "--no-conf", source).code, 32, "verify without the file")
    same(lab.run_bt("info", source).code, 0, "info passes over what it has not")
    conf.write_text("dir=x\nmax-peer=5\n")
    run = lab.run_bt(source)
    same(run.code, 28, "exit status of a wrong name")
    check("bt.conf:2: unknown option max-peer; did you mean max-peers?" in run.err, run.err)
    same(lab.run_bt("--no-conf", "--help").code, 0, "help")
    same(lab.run_bt("--help").code, 0, "help with a wrong file")
    same(lab.run_bt("--conf-path", "nowhere", source).code, 28, "a named file that is not there")
    run = lab.run_bt("--no-conf", source, env={"BT_MAX_PEERS": "no"})
    same(run.code, 28, "exit status of a wrong variable")
    check("BT_MAX_PEERS" in run.err, run.err)
