"""Stopping and going on: nothing that was verified is fetched again, and a stop takes 3 s at most."""
import signal
import time

from cases import case
from clients import HTTP, OpenTracker, seed
from harness import check, same, until
from peers import HttpTracker, Seeder, SilentServer
from torrents import MIB, check_only, make_payload

SHAPE = ("film.bin", 64 * 1024, 3 * MIB + 1000)
STOP_SECONDS = 3.0
TRACKER_AT = ("10.77.0.1", 6969)
SEED_AT = ("10.77.1.1", 7100)


def interrupt(process, what="bt"):
    begin = time.monotonic()
    process.send(signal.SIGINT)
    code = process.wait(20)
    took = time.monotonic() - begin
    check(took <= STOP_SECONDS, f"{what} took {took:.1f} s to stop")
    return code


def on_disk(lab, torrent):
    """The pieces of a single-file torrent that some file below out/ has in their place."""
    data, size = torrent.read_all(), torrent.piece_length
    found = set()
    for path in lab.path("out").rglob("*"):
        if path.is_file():
            got = path.read_bytes()
            found |= {i // size for i in range(0, len(data), size)
                      if got[i:i + size] == data[i:i + size]}
    return found


def start_held(lab, blocks):
    """A torrent, its seeder that holds after so many blocks, and a bt that has verified all it got."""
    torrent = make_payload(lab.path("seed"), SHAPE)
    tracker = HttpTracker(lab, *TRACKER_AT, peers=[SEED_AT])
    source = torrent.write(lab.folder / "x.torrent", tracker.url)
    seeder = Seeder(lab, torrent, *SEED_AT, hold_after=blocks)
    bt = lab.bt("-d", lab.path("out"), source)
    bt.wait_for(seeder.holding, 20, "the blocks before the hold")
    check(seeder.whole_pieces(), "no piece is whole")
    bt.wait_for(lambda: not seeder.whole_pieces() - on_disk(lab, torrent), 20,
                "the whole pieces on disk")
    return torrent, source, seeder, bt


def go_on(lab, torrent, source, first):
    """The second run: completes, and fetches no piece that the first run had whole."""
    first.close()
    second = Seeder(lab, torrent, *SEED_AT)
    run = lab.run_bt("-d", lab.path("out"), source)
    same(run.code, 0, "exit status of the second run")
    check_only(torrent, lab.path("out"))
    again = {piece for piece, _, _ in second.served} & first.whole_pieces()
    check(not again, f"pieces {sorted(again)} were verified and fetched again")


@case("Resume.AnInterruptedDownloadEndsWith7AndGoesOn", "quick")
def interrupted(lab):
    torrent, source, seeder, bt = start_held(lab, 100)
    same(interrupt(bt), 7, "exit status")
    go_on(lab, torrent, source, seeder)


@case("Resume.ATerminatedDownloadGoesOn")
def terminated(lab):
    torrent, source, seeder, bt = start_held(lab, 100)
    bt.send(signal.SIGTERM)
    check(bt.wait(5) != 0, "bt says that it is complete")
    go_on(lab, torrent, source, seeder)


@case("Resume.AKilledDownloadGoesOn")
def killed(lab):
    torrent, source, seeder, bt = start_held(lab, 100)
    bt.send(signal.SIGKILL)
    until(lambda: not bt.running(), 5, "the end of bt")
    go_on(lab, torrent, source, seeder)


@case("Resume.DamageOnDiskIsFetchedAgain")
def damaged(lab):
    torrent, source, seeder, bt = start_held(lab, 100)
    same(interrupt(bt), 7, "exit status")
    seeder.close()
    fresh = Seeder(lab, torrent, *SEED_AT)
    for path in lab.path("out").rglob("*"):
        if path.is_file() and path.stat().st_size > MIB:
            with open(path, "r+b") as file:
                file.write(b"damage")
    run = lab.run_bt("-V", "-d", lab.path("out"), source)
    same(run.code, 0, "exit status")
    check_only(torrent, lab.path("out"))
    check(fresh.served, "nothing was fetched")


@case("Resume.FromARealSeederFetchesOnlyTheRest", seconds=120)
def real_seeder(lab):
    torrent = make_payload(lab.path("seed"), "large")
    source = torrent.write(lab.folder / "x.torrent", HTTP)
    announced = OpenTracker(lab, torrent)
    seeder = seed(lab, "libtorrent", source, torrent.folder, limit=6 * MIB)
    announced.wait_for_seeds(torrent)
    bt = lab.bt("-d", lab.path("out"), source)

    bt.wait_for(lambda: seeder.status()["uploaded"] >= torrent.length // 4, 60,
                "a quarter of the payload")
    same(interrupt(bt), 7, "exit status")
    kept = len(on_disk(lab, torrent)) * torrent.piece_length
    check(torrent.length // 5 < kept < torrent.length, f"{kept} bytes were kept")
    uploaded = seeder.status()["uploaded"]
    run = lab.run_bt("-d", lab.path("out"), source, timeout=60)
    same(run.code, 0, "exit status of the second run")
    check_only(torrent, lab.path("out"))
    rest = torrent.length - kept
    until(lambda: seeder.status()["uploaded"] - uploaded >= rest // 2, 10, "the seeder's count")
    fetched = seeder.status()["uploaded"] - uploaded
    check(fetched <= rest + 2 * MIB, f"fetched {fetched} bytes of {rest} that were missing")


@case("Resume.ACompleteDownloadNeedsNoPeer", "quick")
def complete(lab):
    torrent = make_payload(lab.path("out"), SHAPE)
    source = torrent.write(lab.folder / "x.torrent", "http://10.77.0.1:1/announce")
    before = torrent.payload.stat()
    run = lab.run_bt("-d", lab.path("out"), source, timeout=20)
    same(run.code, 0, "exit status")
    after = torrent.payload.stat()
    same((after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns), "the file")


@case("Interrupt.AHungTrackerHoldsNothingUp", "quick")
def hung_tracker(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    tracker = SilentServer(lab, *TRACKER_AT)
    source = torrent.write(lab.folder / "x.torrent", f"http://{TRACKER_AT[0]}:{TRACKER_AT[1]}/announce")
    bt = lab.bt("-d", lab.path("out"), source)
    bt.wait_for(lambda: tracker.reached, 20, "an announce")
    same(interrupt(bt), 7, "exit status")


@case("Interrupt.AMutePeerAndADeadUdpTrackerHoldNothingUp")
def mute_peer(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    peer = SilentServer(lab, *SEED_AT)
    source = torrent.write(lab.folder / "x.torrent", "udp://10.77.0.1:6999/announce")
    bt = lab.bt("--peer", "%s:%d" % SEED_AT, "-d", lab.path("out"), source)
    bt.wait_for(lambda: peer.reached, 20, "a connection")
    same(interrupt(bt), 7, "exit status")


@case("Interrupt.ASeedStopsInTime")
def seeding(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    tracker = HttpTracker(lab, *TRACKER_AT)
    source = torrent.write(lab.folder / "x.torrent", tracker.url)
    bt = lab.bt("seed", "-d", torrent.folder, source)
    bt.wait_for(lambda: tracker.answered, 20, "an answered announce")
    same(interrupt(bt), 0, "exit status")
    check("stopped" in tracker.events(), f"the tracker was told {tracker.events()}")
