"""Two machines of one network find each other by multicast: no tracker, no DHT, no address."""
from bridge import Bridge
from cases import case
from capture import Capture
from clients import HERE, PYTHON
from harness import check, same
from torrents import MIB, check_only, check_same_tree, make_payload

SHAPE = ("film.bin", 64 * 1024, 2 * MIB + 777)


class Pair:
    """A seeder on one host, a downloader on another; each starts when it is told to."""

    def __init__(self, lab):
        lab.in_memory()
        lab.discover()
        self.lab = lab
        self.capture = Capture(lab)
        bridge = Bridge(lab)
        self.hosts = {"seed": bridge.host(), "download": bridge.host()}
        self.torrent = make_payload(lab.path("seed"), SHAPE)
        self.source = self.torrent.write(lab.folder / "x.torrent")
        self.out = lab.path("out")

    def start(self, mode, client):
        host = self.hosts[mode]
        source = self.source if mode == "seed" else self.torrent.magnet()
        folder = self.torrent.folder if mode == "seed" else self.out
        if client == "bt":
            words = ["seed"] if mode == "seed" else []
            return host.bt(*words, "--no-dht", "-d", folder, source)
        return host.start("libtorrent", PYTHON, "-B", HERE / "lt_client.py", mode, source, folder,
                          f"{host.address}:7013", "lsd=on")

    def heard(self, mode):
        """An announce of the one of this mode."""
        return self.capture.some(lambda p: p.is_local_discovery() and
                                 p.source == self.hosts[mode].address and
                                 self.torrent.hex in p.payload.decode("latin-1").lower())


def meet(lab, seeder, downloader, first):
    pair = Pair(lab)
    clients = {"seed": seeder, "download": downloader}
    begun = pair.start(first, clients[first])
    begun.wait_for(lambda: pair.heard(first), 20, "an announce of the first")
    second = "seed" if first == "download" else "download"
    other = pair.start(second, clients[second])
    run = begun if first == "download" else other
    same(run.wait(40), 0, "exit status")
    (check_only if downloader == "bt" else check_same_tree)(pair.torrent, pair.out)
    check(not pair.capture.some(lambda p: p.is_dht()), "the DHT was used")


for name, pair_of in {"TwoBtMeet": ("bt", "bt"), "BtMeetsALibtorrentSeed": ("libtorrent", "bt"),
                      "LibtorrentMeetsABtSeed": ("bt", "libtorrent")}.items():
    for order in ("seed", "download"):
        labels = ["quick"] if order == "seed" else []
        case(f"Lsd.{name}_{order}_first", *labels, seconds=90, seeder=pair_of[0],
             downloader=pair_of[1], first=order)(meet)
