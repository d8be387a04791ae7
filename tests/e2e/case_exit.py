"""Exit codes, provoked through the real program."""
import json
import re
import signal
import socket

from cases import ALL, case
from harness import BT, REPOSITORY, check, same
from peers import HttpTracker, Seeder, SilentServer
from torrents import MIB, bencode, check_only, make_payload

SHAPE = ("film.bin", 64 * 1024, 2 * MIB + 1000)
TRACKER_AT = ("10.77.0.1", 6969)
SEED_AT = ("10.77.1.1", 7100)
DEAD = "http://10.77.0.1:1/announce"


def swarm(lab, shape=SHAPE, **seeder):
    """A torrent with a tracker and one scripted seeder."""
    torrent = make_payload(lab.path("seed"), shape)
    tracker = HttpTracker(lab, *TRACKER_AT, peers=[SEED_AT])
    source = torrent.write(lab.folder / "x.torrent", tracker.url)
    return torrent, source, Seeder(lab, torrent, *SEED_AT, **seeder)


def expect(lab, code, *arguments, timeout=30, **options):
    """bt with these arguments ends with the code, and says why in one plain line."""
    run = lab.run_bt(*arguments, timeout=timeout, **options)
    same(run.code, code, "exit status")
    if code:
        complaint = run.err.strip().split("\n")[-1]
        check(complaint and len(complaint) < 400, f"the complaint: {complaint!r}")
        check("std::" not in run.err and "terminate" not in run.err, "the error is for a programmer")
    return run


@case("Exit.CountersAtTheEndWithVerboseTwice", "quick")
def counters(lab):
    torrent, source, _ = swarm(lab)
    run = expect(lab, 0, "-vv", "-d", lab.path("out"), source)
    told = dict(word.split("=") for line in run.err.splitlines() if " counters " in line
                for word in line.split(" counters ")[1].split())
    blocks = (torrent.length + 16383) // 16384
    check(int(told["blocks"]) >= blocks, f"{told['blocks']} blocks of {blocks}")
    check(int(told["requests"]) >= blocks, f"{told['requests']} requests for {blocks} blocks")
    same(int(told["runs"]), len(torrent.info["pieces"]) // 20, "runs")
    for name in ("receives", "bytes_a_receive", "sends", "deepest_queue", "most_disk_jobs"):
        check(int(told[name]) > 0, f"{name} is {told[name]}")


@case("Exit.0_AllIsVerifiedAndOnDisk", "quick")
def complete(lab):
    torrent, source, _ = swarm(lab)
    run = expect(lab, 0, "-d", lab.path("out"), source)
    same(run.out, "", "standard output")
    check_only(torrent, lab.path("out"))


@case("Exit.0_TwoTorrentsAtOnce", "quick")
def two(lab):
    torrents, sources, tracker = [], [], HttpTracker(lab, *TRACKER_AT)
    for i in (1, 2):
        torrent = make_payload(lab.path("seed"), SHAPE, seed=i, name=f"film {i}.bin")
        Seeder(lab, torrent, "10.77.1.1", 7100 + i)
        tracker.peers.append(("10.77.1.1", 7100 + i))
        sources.append(torrent.write(lab.folder / f"{i}.torrent", tracker.url))
        torrents.append(torrent)
    same(lab.run_bt("-d", lab.path("out"), *sources).code, 0, "exit status")
    for torrent in torrents:
        same((lab.path("out") / torrent.name).read_bytes(), torrent.read_all(), torrent.name)


@case("Exit.1_ATorrentOfAKindThatIsNotOffered", "quick")
def not_offered(lab):
    source = lab.folder / "v2.torrent"
    source.write_bytes(bencode({"info": {
        "file tree": {"x": {"": {"length": 5, "pieces root": b"r" * 32}}}, "meta version": 2,
        "name": "x", "piece length": 16384}}))
    expect(lab, 1, "-d", lab.path("out"), source)


@case("Exit.3_TheSourceIsNotThere", "quick")
def not_found(lab):
    expect(lab, 3, lab.folder / "nothing.torrent")


@case("Exit.6_ThePortIsTaken")
def network(lab):
    _, source, _ = swarm(lab)
    with socket.create_server(("0.0.0.0", 6881)):
        expect(lab, 6, "--listen-port", "6881", "-d", lab.path("out"), source)


@case("Exit.7_InterruptedWithWorkLeft", "quick")
def interrupted(lab):
    torrent, source, seeder = swarm(lab, hold_after=5)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        bt = lab.bt("-d", lab.path("out"), source)
        bt.wait_for(lambda: "downloading" in bt.err, 20, "the download")
        bt.send(number)
        same(bt.wait(3.5), 7, f"exit status after {number.name}")
        check("goes on from there" in bt.err, f"it does not say what is left: {bt.err}")
    seeder.release()
    expect(lab, 0, "-d", lab.path("out"), source)
    check_only(torrent, lab.path("out"))


@case("Exit.11_TheSameTorrentTwiceInOneRun", "quick")
def twice(lab):
    _, source, _ = swarm(lab)
    expect(lab, 11, "-d", lab.path("out"), source, source)


@case("Exit.11_TheSameTorrentInAnotherProcess")
def other_process(lab):
    _, source, seeder = swarm(lab, hold_after=20)
    first = lab.bt("-d", lab.path("out"), source)
    first.wait_for(seeder.holding, 20, "blocks of the first run")
    expect(lab, 11, "-d", lab.path("out"), source)
    seeder.release()
    same(first.wait(30), 0, "exit status of the first run")


@case("Exit.13_AForeignFileIsInTheWay", "quick")
def in_the_way(lab):
    torrent, source, _ = swarm(lab)
    foreign = lab.path("out") / torrent.name
    foreign.write_bytes(b"mine" * 100)
    expect(lab, 13, "-d", lab.path("out"), source)
    same(foreign.read_bytes(), b"mine" * 100, "the foreign file")


@case("Exit.13_TwoTorrentsOfOneRunWriteOneFile", "quick")
def namesakes(lab):
    torrents, sources, tracker = [], [], HttpTracker(lab, *TRACKER_AT)
    for i in (1, 2):
        torrent = make_payload(lab.path(f"seed{i}"), SHAPE, seed=i, name="film.bin")
        Seeder(lab, torrent, "10.77.1.1", 7100 + i)
        tracker.peers.append(("10.77.1.1", 7100 + i))
        sources.append(torrent.write(lab.folder / f"{i}.torrent", tracker.url))
        torrents.append(torrent)
    run = expect(lab, 13, "--json", "-d", lab.path("out"), *sources)
    codes = [one["code"] for one in json.loads(run.out.splitlines()[-1])["torrents"]]
    same(codes, [0, 13], "codes")
    same((lab.path("out") / "film.bin").read_bytes(), torrents[0].read_all(), "the first one's file")


@case("Exit.13_AFolderIsInTheWay")
def folder_in_the_way(lab):
    torrent, source, _ = swarm(lab)
    lab.path("out", torrent.name, "inside")
    expect(lab, 13, "-d", lab.path("out"), source)


def powerless(lab, *arguments):
    """bt as root in name only: file modes hold for it."""
    return lab.start("bt", "setpriv", "--bounding-set=-all", "--inh-caps=-all", BT, *arguments)


@case("Exit.15_AFileMayNotBeOpened")
def unreadable(lab):
    torrent, source, _ = swarm(lab)
    file = lab.path("out") / torrent.name
    file.write_bytes(torrent.read_all()[:MIB])
    file.chmod(0)
    same(powerless(lab, "-d", lab.path("out"), source).wait(30), 15, "exit status")


@case("Exit.16_AFileMayNotBeMade")
def read_only(lab):
    _, source, _ = swarm(lab)
    out = lab.path("out")
    out.chmod(0o555)
    same(powerless(lab, "-d", out, source).wait(30), 16, "exit status")


@case("Exit.17_AWriteFails")
def write_fails(lab):
    _, source, _ = swarm(lab)
    limited = lab.start("bt", "bash", "-c", 'trap "" XFSZ; ulimit -f 1024; exec "$0" "$@"', BT, "-d",
                        lab.path("out"), source)
    same(limited.wait(30), 17, "exit status")


@case("Exit.9_TheDiskIsFullInTheMiddle")
def full(lab):
    torrent, source, seeder = swarm(lab, shape=("film.bin", 64 * 1024, 8 * MIB), hold_after=32)
    out = lab.tmpfs("small", 16 * MIB)
    bt = lab.bt("-d", out, source)
    bt.wait_for(seeder.holding, 20, "the blocks before the hold")
    with open(out / "other", "wb", buffering=0) as other:
        try:
            while True:
                other.write(bytes(64 * 1024))
        except OSError:
            pass
    seeder.release()
    same(bt.wait(30), 9, "exit status")
    check("space" in bt.err.lower(), "the complaint does not speak of space")
    (out / "other").unlink()
    same(lab.run_bt("-d", out, source).code, 0, "exit status once there is room")
    check_only(torrent, out)


@case("Exit.9_TheDiskIsTooSmall")
def too_small(lab):
    _, source, seeder = swarm(lab, shape=("film.bin", 64 * 1024, 8 * MIB))
    expect(lab, 9, "-d", lab.tmpfs("small", 4 * MIB), source)
    same(seeder.served, [], "what was asked for")


@case("Exit.18_AFolderCannotBeMade", "quick")
def no_folder(lab):
    _, source, _ = swarm(lab)
    (lab.folder / "file").write_bytes(b"")
    expect(lab, 18, "-d", lab.folder / "file" / "below", source)


@case("Exit.25_NotBencode", "quick")
def not_bencode(lab):
    source = lab.folder / "x.torrent"
    source.write_bytes(b"<html>no torrent</html>")
    expect(lab, 25, source)


@case("Exit.26_ATorrentWithoutItsFields", "quick")
def no_fields(lab):
    source = lab.folder / "x.torrent"
    source.write_bytes(bencode({"info": {"name": "x", "length": 5}}))
    expect(lab, 26, source)


@case("Exit.27_ABadMagnetLink", "quick")
def bad_magnet(lab):
    for link in ("magnet:", "magnet:?dn=x", "magnet:?xt=urn:btih:abc", "magnet:?xt=urn:sha1:" +
                 "A" * 32, "magnet:?xt=urn:btih:" + "z" * 40):
        expect(lab, 27, link)


@case("Exit.TheReadmeNamesACaseForEachCode", "quick")
def table(lab):
    lines = (REPOSITORY / "README.md").read_text().split("## Exit codes")[1].split("## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()
            if line.startswith("|")]
    told = {row[0]: re.findall(r"`([A-Z]\w*\.\w+)`", row[2]) for row in rows[2:]}
    for code, names in told.items():
        check(names, f"no case for {code}")
        for name in names:
            check(name in ALL, f"{name}, named for {code}, is no case")
    numbered = {name.split(".")[1].split("_")[0] for name in ALL if name.startswith("Exit.")}
    missing = {n for n in numbered if n.isdigit()} - told.keys()
    check(not missing, f"not in the table: {sorted(missing)}")


@case("Exit.28_ABadOption", "quick")
def bad_option(lab):
    _, source, _ = swarm(lab)
    for arguments in (["--no-such-option"], ["--max-download-limit", "fast"],
                      ["--listen-port", "99999"], []):
        run = expect(lab, 28, *arguments, *([source] if arguments else []))
        if arguments:
            check(arguments[0].lstrip("-") in run.err, f"{arguments[0]} is not named")


@case("Exit.32_VerifyFindsDamage", "quick")
def verify(lab):
    torrent = make_payload(lab.path("seed"), "tree")
    source = torrent.write(lab.folder / "x.torrent", DEAD)
    same(lab.run_bt("verify", "-d", torrent.folder, source).code, 0, "exit status when all is well")
    file = torrent.payload / "z" / "last.bin"
    data = bytearray(file.read_bytes())
    data[MIB] ^= 1
    file.write_bytes(data)
    run = lab.run_bt("verify", "-d", torrent.folder, source)
    same(run.code, 32, "exit status with one bit changed")
    check("last.bin" in run.out + run.err, "the damaged file is not named")
    same(file.read_bytes(), bytes(data), "the data after a verify")
    file.unlink()
    same(lab.run_bt("verify", "-d", torrent.folder, source).code, 32, "exit status without a file")


@case("Exit.41_NoPeerAnswers")
def no_peer(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    tracker = HttpTracker(lab, *TRACKER_AT, peers=[("10.77.1.1", 1)])
    source = torrent.write(lab.folder / "x.torrent", tracker.url)
    expect(lab, 41, "--stall-timeout", "2s", "-d", lab.path("out"), source, timeout=60)


@case("Exit.43_PeersButNoData")
def stalled(lab):
    _, source, seeder = swarm(lab, hold_after=5)
    expect(lab, 43, "--stall-timeout", "3s", "-d", lab.path("out"), source, timeout=60)
    check(seeder.holding(), "the seeder served nothing")


@case("Exit.2_TheTimeIsUp")
def out_of_time(lab):
    _, source, _ = swarm(lab, hold_after=5)
    expect(lab, 2, "--max-time", "2s", "-d", lab.path("out"), source)


@case("Exit.130_ASecondInterruptEndsAtOnce")
def second_interrupt(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    tracker = SilentServer(lab, *TRACKER_AT)
    source = torrent.write(lab.folder / "x.torrent", "http://%s:%d/announce" % TRACKER_AT)
    bt = lab.bt("-d", lab.path("out"), source)
    bt.wait_for(lambda: tracker.reached, 20, "an announce")
    bt.send(signal.SIGINT)
    bt.send(signal.SIGINT)
    code = bt.wait(5)
    # The kernel may merge the two into one.
    check(code in (7, 130), f"exit status {code}")


@case("Exit.40_TorrentsOfABatchFailForDifferentReasons")
def mixed(lab):
    torrent, source, _ = swarm(lab)
    broken = lab.folder / "broken.torrent"
    broken.write_bytes(b"no bencode")
    same(lab.run_bt("-d", lab.path("out"), source, broken, lab.folder / "none.torrent").code, 40,
         "exit status")
    check_only(torrent, lab.path("out"))


@case("Source.ATorrentOnStandardInput")
def standard_input(lab):
    torrent, source, _ = swarm(lab)
    with open(source, "rb") as data:
        run = lab.bt("-d", lab.path("out"), "-", stdin=data)
        same(run.wait(30), 0, "exit status")
    check_only(torrent, lab.path("out"))


@case("Output.APipeGetsWholeLines", "quick")
def whole_lines(lab):
    _, source, _ = swarm(lab)
    run = expect(lab, 0, "-v", "-d", lab.path("out"), source, env={"TERM": "xterm"})
    check(run.err.endswith("\n") and not set("\r\x1b") & set(run.err), f"lines: {run.err!r}")


@case("Output.AClosedPipeStopsNothing")
def closed_pipe(lab):
    torrent, source, _ = swarm(lab)
    run = lab.start("bt", "sh", "-c", '"$0" "$@" 2>&1 | head -c 1 >/dev/null', BT, "-v", "-d",
                    lab.path("out"), source, env={"TERM": "xterm"})
    run.wait(30)
    check_only(torrent, lab.path("out"))
