"""What is switched off, and what a private torrent must not do, leaves no packet behind.

Each bt has a host of its own, and every packet of it is captured. One that may do all is the clock: once
it has done it, the others have had their time.
"""
from bridge import Bridge
from capture import LOCAL_GROUPS, Capture
from cases import case
from extended_peers import MetadataSeeder
from harness import check, same
from peers import HttpTracker, SilentServer
from torrents import MIB, make_payload
from trackers import DatagramServer, NameServer, silent

SHAPE = ("film.bin", 64 * 1024, MIB + 777)
BOOTSTRAP = "10.77.3.1"
PORTS = (6881, 25401)
PORT_MESSAGE, DHT_BIT, IGMP = 9, 1, "2"
ALL = {"dht", "look-up", "lsd", "tells", "follows"}


class Network:
    def __init__(self, lab):
        lab.in_memory()
        lab.discover()
        self.capture = Capture(lab)
        self.bridge = Bridge(lab)
        # The built-in bootstrap nodes, which never answer.
        NameServer(lab, BOOTSTRAP)
        for port in PORTS:
            DatagramServer(lab, BOOTSTRAP, port, silent)


class Watched:
    """A torrent of two seeders that hold, of which one tells of a third; and a host for its bt."""

    def __init__(self, lab, network, number, private=False, host=None):
        self.lab, self.capture = lab, network.capture
        self.host = host or network.bridge.host()
        self.torrent = make_payload(lab.path(f"seed {number}"), SHAPE, name=f"film {number}.bin")
        if private:
            self.torrent.info["private"] = 1
        at = f"10.77.{10 + number}."
        self.lure = SilentServer(lab, at + "9", 7109)
        self.seeders = [MetadataSeeder(lab, self.torrent, at + "1", 7101, hold_after=3,
                                       knows=[self.lure.place]),
                        MetadataSeeder(lab, self.torrent, at + "2", 7102, hold_after=3)]
        self.tracker = HttpTracker(lab, "10.77.0.1", 7000 + number,
                                   peers=[s.place for s in self.seeders])
        self.source = self.torrent.write(lab.folder / f"{number}.torrent", self.tracker.url)

    def start(self, *options, others=()):
        state = {"XDG_STATE_HOME": str(self.lab.path(f"state {self.torrent.name}"))}
        return self.host.bt(*options, "-d", self.lab.path(f"out {self.torrent.name}"), self.source,
                            *others, env=state)

    def sent(self, condition):
        return [p for p in self.capture.packets() if p.source == self.host.address and condition(p)]

    def signs(self):
        """What its bt has done."""
        found = {
            "dht": self.sent(lambda p: p.is_dht()),
            "look-up": self.sent(lambda p: p.is_look_up()),
            "lsd": self.sent(lambda p: p.is_local_discovery()),
            "tells": [seeder for seeder in self.seeders if seeder.heard_pex],
            "follows": self.lure.addresses,
        }
        return {what for what, traces in found.items() if traces}

    def traces(self):
        """What would give away that it could have done it."""
        found = {
            "dht": [s for s in self.seeders if PORT_MESSAGE in s.heard or
                    any(bits[7] & DHT_BIT for bits in s.hellos)],
            "lsd": self.sent(lambda p: p.protocol == IGMP or p.target in LOCAL_GROUPS),
            "tells": [s for s in self.seeders for told in s.handshakes if b"ut_pex" in told[b"m"]],
        }
        return {what for what, traces in found.items() if traces}

    def downloading(self):
        return all(seeder.holding() for seeder in self.seeders)

    def release(self):
        for seeder in self.seeders:
            seeder.release()


def wait_for_all(run, watched):
    run.wait_for(lambda: watched.signs() == ALL and watched.downloading(), 40,
                 lambda: f"all of {ALL}: {watched.signs()}")


@case("Discovery.WhatIsSwitchedOffIsNotThere", "quick")
def switches(lab):
    network = Network(lab)
    off = {(): set(), ("--no-dht",): {"dht", "look-up"}, ("--no-lsd",): {"lsd"},
           ("--no-pex",): {"tells", "follows"}, ("--no-discovery",): ALL,
           ("--enable-dht=false", "--no-pex", "--no-lsd"): ALL}
    runs = []
    for number, (options, without) in enumerate(off.items()):
        watched = Watched(lab, network, number)
        runs.append((options, without, watched, watched.start(*options)))
    for options, without, watched, run in runs:
        run.wait_for(lambda w=watched, o=without: w.signs() >= ALL - o and w.downloading(), 40,
                     lambda w=watched, o=options: f"{o}: signs of all that is on: {w.signs()}")
    for options, without, watched, run in runs:
        same(watched.signs() & without, set(), f"{options}: what was seen of it")
        same(watched.traces() & without, set(), f"{options}: what it could have done")
        watched.release()
    for options, _, _, run in runs:
        same(run.wait(30), 0, f"{options}: exit status")


@case("Discovery.APrivateTorrentIsSeenByItsTrackerAndItsPeersOnly", "quick")
def private(lab):
    network = Network(lab)
    public, hidden = Watched(lab, network, 0), Watched(lab, network, 1, private=True)
    runs = [watched.start() for watched in (public, hidden)]
    wait_for_all(runs[0], public)
    runs[1].wait_for(hidden.downloading, 20, "blocks of the private torrent")
    same((hidden.signs(), hidden.traces()), (set(), set()), "what was seen of the private torrent")
    for watched, run in zip((public, hidden), runs):
        watched.release()
        same(run.wait(30), 0, "exit status")
    places = {"10.77.0.1", *(seeder.place[0] for seeder in hidden.seeders)}
    others = hidden.sent(lambda p: ":" not in p.source and p.target not in places)
    same(others, [], "packets to others than the tracker and the peers")


@case("Discovery.APrivateTorrentBesideAPublicOneIsKeptApart", "quick")
def beside(lab):
    network = Network(lab)
    public = Watched(lab, network, 0)
    hidden = Watched(lab, network, 1, private=True, host=public.host)
    run = public.start(others=[hidden.source])
    wait_for_all(run, public)
    run.wait_for(hidden.downloading, 20, "blocks of the private torrent")
    same([seeder.heard_pex for seeder in hidden.seeders], [[], []], "what its peers were told")
    same(hidden.lure.addresses, set(), "who came to the peer that a peer named")
    names = {hidden.torrent.info_hash, hidden.torrent.hex.encode(), hidden.torrent.hex.upper().encode()}
    told = public.sent(lambda p: p.protocol == "udp" and any(name in p.payload for name in names))
    same(told, [], "datagrams that name the private torrent")
    public.release()
    hidden.release()
    same(run.wait(30), 0, "exit status")


@case("Discovery.OfAPrivateMagnetEndsWhenThatIsKnown", "quick")
def private_magnet(lab):
    network = Network(lab)
    public, hidden = Watched(lab, network, 0), Watched(lab, network, 1, private=True)
    for watched in (public, hidden):
        watched.source = watched.torrent.magnet(watched.tracker.url)
    runs = [watched.start() for watched in (public, hidden)]
    wait_for_all(runs[0], public)
    runs[1].wait_for(hidden.downloading, 20, "blocks of the private torrent")
    same([seeder.heard_pex for seeder in hidden.seeders], [[], []], "what its peers were told")
    for watched, run in zip((public, hidden), runs):
        watched.release()
        same(run.wait(30), 0, "exit status")


@case("Discovery.ASeedOfAPrivateTorrentIsSilent", "quick")
def private_seed(lab):
    network = Network(lab)
    public, hidden = Watched(lab, network, 0), Watched(lab, network, 1, private=True)
    runs = [watched.host.bt("seed", "-d", watched.torrent.folder, watched.source)
            for watched in (public, hidden)]
    runs[0].wait_for(lambda: public.signs() >= {"dht", "look-up", "lsd"}, 40, "signs of the public")
    runs[1].wait_for(lambda: hidden.tracker.announces, 20, "an announce")
    same(hidden.signs() & {"dht", "look-up", "lsd"}, set(), "what was seen of the private torrent")
    same(hidden.traces(), set(), "what it could have done")
    check(all(run.running() for run in runs), "one has ended")
