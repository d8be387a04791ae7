"""A peer tells of its peers: who knows one in the middle gets its data from the seeder behind it.

The one in the middle gets and gives so slowly that nobody can have all of it from there in time.
"""
from cases import case
from clients import Bt, Aria2, LibTorrent
from extended_peers import MetadataSeeder
from harness import HOME_ADDRESS, check, listening, same, until
from peers import HttpTracker
from torrents import MIB, check_only, check_same_tree, make_payload

SHAPE = ("film.bin", 64 * 1024, 3 * MIB + 777)
SEEDER = ("10.77.1.1", 7101)
PLACES = {"bt": (HOME_ADDRESS, 7177), "aria2": ("10.77.0.11", 7011),
          "libtorrent": ("10.77.0.13", 7013)}
SLOW = 20 * 1024  # bytes/s: all of it would take two and a half minutes


def named(place):
    return "%s:%d" % place


class Swarm:
    """The seeder, and trackers that know one peer each."""

    def __init__(self, lab):
        lab.in_memory()
        lab.discover()
        self.lab = lab
        self.torrent = make_payload(lab.path("seed"), SHAPE)
        self.seeder = MetadataSeeder(lab, self.torrent, *SEEDER)
        self.trackers = 0

    def knowing(self, place):
        """A torrent file whose tracker knows only this peer."""
        self.trackers += 1
        tracker = HttpTracker(self.lab, "10.77.0.1", 6969 + self.trackers, peers=[place])
        return self.torrent.write(self.lab.folder / f"{self.trackers}.torrent", tracker.url)

    def middle(self, client):
        folder = self.lab.path("middle")
        if client == "bt":
            Bt(self.lab, "download", self.torrent.write(self.lab.folder / "bt.torrent"), folder,
               limit=SLOW, place=PLACES["bt"],
               options=["--no-dht", "--no-lsd", "--max-download-limit", SLOW, "--peer", named(SEEDER)])
        elif client == "aria2":
            Aria2(self.lab, "download", self.knowing(SEEDER), folder, limit=SLOW,
                  options=[f"--max-download-limit={SLOW}"])
        else:
            LibTorrent(self.lab, "download", self.torrent.write(self.lab.folder / "lt.torrent"),
                       folder, limit=SLOW, down=SLOW, peer=named(SEEDER))
        until(lambda: self.seeder.served, 30, "the one in the middle at the seeder")
        until(lambda: listening(*PLACES[client]), 10, f"{client} listening")
        check(not self.seeder.met(HOME_ADDRESS) or client == "bt", "bt is at the seeder already")


def bt_behind(lab, client):
    swarm = Swarm(lab)
    swarm.middle(client)
    run = lab.run_bt("--no-dht", "--no-lsd", "--listen-port", "7178", "--peer", named(PLACES[client]),
                     "-d", lab.path("out"), swarm.torrent.magnet(), timeout=100)
    same(run.code, 0, "exit status")
    check_only(swarm.torrent, lab.path("out"))
    if client != "bt":
        check(swarm.seeder.met(HOME_ADDRESS), "nothing came from the seeder")


def behind_bt(lab, client):
    swarm = Swarm(lab)
    swarm.middle("bt")
    if client == "aria2":
        other = Aria2(lab, "download", swarm.knowing(PLACES["bt"]), lab.path("out"))
    else:
        other = LibTorrent(lab, "download", swarm.torrent.magnet(), lab.path("out"),
                           peer=named(PLACES["bt"]))
    other.wait_complete(60)
    check_same_tree(swarm.torrent, lab.path("out"))
    check(swarm.seeder.met(PLACES[client][0]), "nothing came from the seeder")


case("Pex.LeadsFromLibtorrentToItsSeeder", "quick", client="libtorrent")(bt_behind)
case("Pex.LeadsFromAria2ToItsSeeder", seconds=150, client="aria2")(bt_behind)
case("Pex.LeadsFromBtToItsSeeder", "quick", client="bt")(bt_behind)
case("Pex.OfBtIsUnderstoodByLibtorrent", "quick", client="libtorrent")(behind_bt)
case("Pex.OfBtIsUnderstoodByAria2", client="aria2")(behind_bt)
