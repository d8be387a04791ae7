"""Peers that lie, hang or go: the download completes from the honest ones."""
from cases import case
from harness import check, same
from peers import HttpTracker, Seeder, Server, SilentServer
from torrents import MIB, check_only, make_payload

SHAPE = ("film.bin", 64 * 1024, 4 * MIB + 1000)
HONEST, OTHER, THIRD = ("10.77.1.1", 7101), ("10.77.1.2", 7102), ("10.77.1.3", 7103)


class Babbler(Server):
    """Answers every connection with bytes that are no handshake."""

    def serve(self, connection):
        connection.recv(68)
        connection.sendall(b"\xff" * 100_000)


class Leaver(Seeder):
    """Goes in the middle of its third block."""

    def answer(self, connection, piece, begin, length):
        if len(self.served) % 3 == 2:
            connection.sendall(b"\x00\x00\x40\x09\x07")
            self.served.append((piece, begin, 0))
            raise OSError
        super().answer(connection, piece, begin, length)


def completes(lab, places, shape=SHAPE, timeout=60, make=None):
    torrent = make_payload(lab.path("seed"), shape)
    tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=places)
    source = torrent.write(lab.folder / "x.torrent", tracker.url)
    honest = Seeder(lab, torrent, *HONEST)
    others = make(torrent) if make else []
    run = lab.run_bt("-d", lab.path("out"), source, timeout=timeout)
    same(run.code, 0, "exit status")
    check_only(torrent, lab.path("out"))
    return honest, others, tracker


@case("Hostile.ALyingPeerBesideAnHonestOne", "quick")
def liar(lab):
    _, liars, _ = completes(lab, [OTHER, HONEST],
                            make=lambda t: [Seeder(lab, t, *OTHER, lie=True)])
    check(liars[0].served_bytes < 2 * MIB, f"the liar served {liars[0].served_bytes} bytes")


@case("Hostile.AMutePeerABabblerAndADeadAddress", "quick")
def mute(lab):
    completes(lab, [("10.77.1.9", 1), OTHER, THIRD, HONEST],
              make=lambda t: [SilentServer(lab, *OTHER), Babbler(lab, *THIRD)])


@case("Hostile.APeerThatHoldsItsBlocks")
def holder(lab):
    completes(lab, [OTHER, HONEST], timeout=85,
              make=lambda t: [Seeder(lab, t, *OTHER, hold_after=3)])


@case("Hostile.APeerThatLeavesInTheMiddle")
def leaver(lab):
    completes(lab, [OTHER, HONEST], make=lambda t: [Leaver(lab, t, *OTHER)])


@case("Swarm.TwoHalvesMakeAWhole", "quick")
def halves(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    count = len(torrent.info["pieces"]) // 20
    tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=[HONEST, OTHER])
    source = torrent.write(lab.folder / "x.torrent", tracker.url)
    left = Seeder(lab, torrent, *HONEST, pieces=range(0, count, 2))
    right = Seeder(lab, torrent, *OTHER, pieces=range(1, count, 2))
    same(lab.run_bt("-d", lab.path("out"), source).code, 0, "exit status")
    check_only(torrent, lab.path("out"))
    for seeder in (left, right):
        check(seeder.whole_pieces() <= set(seeder.pieces), "asked for what a peer does not have")
    wasted = left.served_bytes + right.served_bytes - torrent.length
    same(wasted, 0, "bytes served twice")


@case("Tracker.ADownloadAnnouncesStartedCompletedStopped", "quick")
def announces(lab):
    _, _, tracker = completes(lab, [HONEST])
    told = tracker.events()
    same([e for e in told if e], ["started", "completed", "stopped"], "events")
    first, last = tracker.announces[0], tracker.announces[-1]
    length = 4 * MIB + 1000
    same((first["left"], first["downloaded"], first["compact"]), (str(length), "0", "1"),
         "the first announce")
    same((last["left"], last["downloaded"]), ("0", str(length)), "the last announce")


@case("Tracker.TheSecondTrackerIsAskedWhenTheFirstRefuses")
def second_tracker(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    HttpTracker(lab, "10.77.0.1", 6969, failure="unregistered torrent")
    good = HttpTracker(lab, "10.77.0.1", 6970, peers=[HONEST])
    source = torrent.write(lab.folder / "x.torrent", "http://10.77.0.1:6969/announce",
                           "http://10.77.0.1:1/announce", good.url)
    Seeder(lab, torrent, *HONEST)
    same(lab.run_bt("-d", lab.path("out"), source).code, 0, "exit status")
    check_only(torrent, lab.path("out"))
