"""The DHT alone brings peers together: a dozen libtorrent nodes, and no tracker."""
import re
import signal
import time

from bridge import Bridge
from cases import case
from clients import Dht, download, seed
from faults import tell
from harness import check, same, until
from peers import SilentServer
from torrents import MIB, check_only, check_same_tree, make_payload
from trackers import DatagramServer, NameServer, silent

SHAPE = ("film.bin", 64 * 1024, 3 * MIB + 777)
SEEDER = ("10.77.1.1", 7101)
DEAD = "10.77.3.99:6881"
FIRST_BYTE_SECONDS = 2.0


class Swarm:
    """A torrent that libtorrent seeds, whom only the DHT knows."""

    def __init__(self, lab):
        lab.in_memory()
        lab.discover()
        self.lab = lab
        self.dht = Dht(lab)
        self.torrent = make_payload(lab.path("seed"), SHAPE)
        self.source = self.torrent.write(lab.folder / "x.torrent")
        self.seeder = seed(lab, "libtorrent", self.source, self.torrent.folder, place=SEEDER,
                           dht=self.dht.entry)
        self.dht.wait_for(self.torrent)

    def served(self):
        return self.seeder.status()["uploaded"]

    def fetch(self, *options, source=None, name="out", timeout=30):
        """bt fetches it: the seconds to its first byte."""
        out = self.lab.path(name)
        before, begin = self.served(), time.monotonic()
        run = self.lab.bt("-v", "-d", out, *options, source or self.torrent.magnet())
        until(lambda: self.served() > before, timeout, "a byte from the seeder")
        took = time.monotonic() - begin
        same(run.wait(timeout), 0, "exit status")
        check_only(self.torrent, out)
        return took


@case("Dht.BringsTheFirstByteWithinTwoSeconds")
def first_byte(lab):
    swarm = Swarm(lab)
    took = swarm.fetch("--dht-bootstrap", swarm.dht.entry)
    tell(f"the first byte after {took:.2f} s")
    check(took <= FIRST_BYTE_SECONDS, f"the first byte after {took:.2f} s")


@case("Dht.FindsTheSeederOfATorrentOrHash")
def finds(lab):
    swarm = Swarm(lab)
    for i, source in enumerate((swarm.source, swarm.torrent.hex)):
        swarm.fetch("--dht-bootstrap", swarm.dht.entry, source=source, name=f"out{i}")


@case("Dht.IsWhereLibtorrentFindsBt")
def is_found(lab):
    lab.in_memory()
    lab.discover()
    dht = Dht(lab)
    torrent = make_payload(lab.path("seed"), SHAPE)
    seed(lab, "bt", torrent.write(lab.folder / "x.torrent"), torrent.folder,
         options=["--dht-bootstrap", dht.entry])
    dht.wait_for(torrent)
    out = lab.path("out")
    download(lab, "libtorrent", torrent.magnet(), out, dht=dht.entry).wait_complete(30)
    check_same_tree(torrent, out)


@case("Dht.BringsTwoBtTogether")
def two(lab):
    lab.in_memory()
    lab.discover()
    dht = Dht(lab)
    bridge = Bridge(lab)
    torrent = make_payload(lab.path("seed"), SHAPE)
    bridge.host().bt("seed", "--no-lsd", "--dht-bootstrap", dht.places[3], "-d", torrent.folder,
                     torrent.write(lab.folder / "x.torrent"))
    dht.wait_for(torrent)
    run = bridge.host().bt("--no-lsd", "--dht-bootstrap", dht.places[8], "-d", lab.path("out"),
                           torrent.magnet(), env={"XDG_STATE_HOME": str(lab.path("state2"))})
    same(run.wait(30), 0, "exit status")
    check_only(torrent, lab.path("out"))


@case("Dht.OfTheLastRunIsKnownToTheNext")
def kept(lab):
    swarm = Swarm(lab)
    other = make_payload(lab.path("other"), ("other.bin", 16384, 50_000))
    run = lab.bt("seed", "--dht-bootstrap", swarm.dht.entry, "-d", other.folder,
                 other.write(lab.folder / "other.torrent"))
    swarm.dht.wait_for(other)
    run.send(signal.SIGINT)
    run.wait(5)
    for name in ("after an interrupt", "after a download"):
        took = swarm.fetch("--dht-bootstrap", DEAD, name=name)
        tell(f"{name}, with a dead bootstrap node: the first byte after {took:.2f} s")
    state = files_below(lab.folder / "home" / "state")
    check(state, "nothing is kept")
    for path in state:
        path.write_bytes(b"d5:nodes" + bytes(range(256)) * 9)
    swarm.fetch("--dht-bootstrap", swarm.dht.entry, name="after damage")


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@case("Dht.DeadBootstrapNodesHoldNothingUp")
def dead(lab):
    swarm = Swarm(lab)
    NameServer(lab, None)
    mute = DatagramServer(lab, "10.77.3.98", 6881, silent)
    nodes = [f"{mute.socket.getsockname()[0]}:6881", DEAD, "nowhere.example:6881", swarm.dht.entry]
    took = swarm.fetch(*[word for node in nodes for word in ("--dht-bootstrap", node)])
    check(mute.packets, "the first was never asked")
    tell(f"behind three dead ones: the first byte after {took:.2f} s")
    check(took < 10, f"the first byte after {took:.2f} s")


@case("Dht.ATrackerThatHangsCostsNothing")
def race(lab):
    swarm = Swarm(lab)
    hung = SilentServer(lab, "10.77.0.1", 6969)
    mute = DatagramServer(lab, "10.77.0.1", 6970, silent)
    magnet = swarm.torrent.magnet("http://10.77.0.1:6969/announce", mute.url,
                                  "http://10.77.0.1:1/announce") + "&x.pe=10.77.1.9:1"
    took = swarm.fetch("--dht-bootstrap", swarm.dht.entry, source=magnet)
    check(hung.reached and mute.packets, "the trackers were not asked")
    tell(f"beside trackers that hang: the first byte after {took:.2f} s")
    check(took <= FIRST_BYTE_SECONDS, f"the first byte after {took:.2f} s")


@case("Dht.IsNotNeededWhereAPeerIsNamed")
def named(lab):
    swarm = Swarm(lab)
    mute = DatagramServer(lab, "10.77.3.98", 6881, silent)
    hung = SilentServer(lab, "10.77.0.1", 6969)
    magnet = swarm.torrent.magnet("http://10.77.0.1:6969/announce") + "&x.pe=%s:%d" % SEEDER
    took = swarm.fetch("--dht-bootstrap", "10.77.3.98:6881", source=magnet)
    check(mute.packets and hung.reached, "the others were not asked")
    tell(f"from the peer of the link: the first byte after {took:.2f} s")
    check(took < 10, f"the first byte after {took:.2f} s")


@case("Dht.IsToldOfWhereNobodyIsFound")
def nobody(lab):
    lab.in_memory()
    lab.discover()
    dht = Dht(lab)
    for node, wanted in ((dht.entry, r"DHT \d+ nodes"), (DEAD, r"DHT")):
        run = lab.run_bt("--stall-timeout", "3s", "--no-lsd", "--dht-bootstrap", node, "-d",
                         lab.path("out"), "1" * 40, timeout=30,
                         env={"XDG_STATE_HOME": str(lab.path(f"state {node}"))})
        same(run.code, 41, "exit status")
        check(re.search(wanted, run.err), f"no {wanted} in {run.err!r}")
