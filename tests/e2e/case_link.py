"""A cable that is pulled: no peer says that it has gone, and nothing comes any more."""
import time

from bridge import Bridge, ip
from cases import case
from faults import tell
from harness import check, same
from torrents import MIB, check_only, make_payload

SHAPE = ("film.bin", 256 * 1024, 24 * MIB)
RATE = "4M"


class Link:
    """A seeder behind a cable, and a downloader at home."""

    def __init__(self, lab):
        lab.in_memory()
        self.lab = lab
        self.torrent = make_payload(lab.path("seed"), SHAPE)
        self.source = self.torrent.write(lab.folder / "x.torrent")
        self.out = lab.path("out")
        self.bridge = Bridge(lab)
        self.port = 6900
        self.peers = []

    def seeder(self):
        self.port += 1
        host = self.bridge.host()
        run = host.bt("seed", "-u", RATE, "--listen-port", str(self.port), "-d", self.torrent.folder,
                      self.source)
        run.wait_for(lambda: "seeding" in run.err, 20, "a seeder")
        self.peers.append(f"--peer={host.address}:{self.port}")
        return self.bridge.hosts

    def download(self):
        return self.lab.bt(*self.peers, "-d", self.out, self.source)

    def arrived(self):
        file = self.out / "film.bin"
        return file.exists() and file.stat().st_blocks * 512 > 4 * MIB


@case("Link.OfOnePeerIsCutAndTheOthersBringTheRest", "quick")
def cut(lab):
    link = Link(lab)
    for _ in range(2):
        number = link.seeder()
    run = link.download()
    run.wait_for(link.arrived, 30, "some data")
    ip(f"link set port{number} down")
    began = time.monotonic()
    same(run.wait(40), 0, "exit status")
    took = time.monotonic() - began
    check_only(link.torrent, link.out)
    tell(f"{took:.1f} s from the cut to the end")
    check(took < 15, f"{took:.1f} s, where 20 MiB at 4 MiB/s take five")


@case("Link.IsCutAndMendedAndTheDownloadGoesOn")
def mended(lab):
    link = Link(lab)
    number = link.seeder()
    run = link.download()
    run.wait_for(link.arrived, 30, "some data")
    ip(f"link set port{number} down")
    before = time.monotonic()
    run.wait_for(lambda: time.monotonic() - before > 8, 20, "the cut to be felt")
    check(run.child.poll() is None, "it gave up")
    ip(f"link set port{number} up")
    same(run.wait(60), 0, "exit status")
    check_only(link.torrent, link.out)
