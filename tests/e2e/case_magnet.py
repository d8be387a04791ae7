"""A magnet link is as good as a torrent file: every spelling, its files, what is kept of it."""
import base64
import hashlib
import json
import time

from cases import case
from clients import libtorrent_info
from extended_peers import MetadataSeeder
from faults import tell
from harness import check, same
from peers import HttpTracker, SilentServer
from torrents import KIB, PAYLOADS, bdecode, bencode, check_only, make_payload, tree
from trackers import RawTracker

TRACKER = ("10.77.0.1", 6969)
SEEDER = ("10.77.1.1", 7101)
PEER = "%s:%d" % SEEDER
FILES = ("album", 16 * KIB, [("a.bin", 20 * KIB), ("b/one.bin", 90 * KIB), ("b/two.bin", 7),
                             ("c.bin", 70 * KIB), ("empty", 0)])


class Swarm:
    """A torrent, a tracker, and a seeder that speaks BEP 9."""

    def __init__(self, lab, shape=FILES, **seeder):
        lab.in_memory()
        self.lab = lab
        self.torrent = make_payload(lab.path("seed"), shape)
        self.tracker = HttpTracker(lab, *TRACKER, peers=[SEEDER])
        self.seeder = MetadataSeeder(lab, self.torrent, *SEEDER, **seeder)
        self.magnet = self.torrent.magnet(self.tracker.url)

    def run(self, *arguments, code=0, timeout=30):
        run = self.lab.run_bt(*arguments, timeout=timeout)
        same(run.code, code, f"exit status of {arguments}")
        return run

    def fetch(self, name, *arguments):
        """A download of all by one who has never seen the torrent."""
        out = self.lab.path("outs", name)
        new = {"XDG_STATE_HOME": str(self.lab.path("states", name))}
        run = self.lab.run_bt("-d", out, *arguments, timeout=30, env=new)
        same(run.code, 0, f"{name}: exit status")
        check_only(self.torrent, out)
        return run


@case("Magnet.EverySpelling", "quick")
def spellings(lab):
    swarm = Swarm(lab)
    digest, hex_, url = swarm.torrent.info_hash, swarm.torrent.hex, swarm.tracker.url
    base32 = base64.b32encode(digest).decode()
    tr = "&tr=" + url.replace(":", "%3A").replace("/", "%2f")
    hung = SilentServer(lab, "10.77.0.1", 6970)
    web = RawTracker(lab, "10.77.0.1", 6971, b"")
    pe = f"&x.pe={PEER}"
    for name, words in {
            "hex": [f"magnet:?xt=urn:btih:{hex_}{tr}"],
            "upper case": [f"MAGNET:?xt=URN:BTIH:{hex_.upper()}{tr}"],
            "base32": [f"magnet:?xt=urn:btih:{base32}{tr}"],
            "base32 in lower case": [f"magnet:?xt=urn:btih:{base32.lower()}{tr}"],
            "the hash last": [f"magnet:?dn=x%20y+z{tr}&xt=urn:btih:{hex_}"],
            "numbered": [f"magnet:?xt.1=urn:btih:{hex_}{tr.replace('tr', 'tr.1', 1)}"],
            "unknown words": [f"magnet:?xt=urn:btih:{hex_}&xl=5&kt=a+b&as=http%3A%2F%2F10.77.0.1%2F"
                              f"&mt=x&foo&=&&zz=%zz{tr}"],
            "trackers that fail": [f"magnet:?xt=urn:btih:{hex_}&tr=http://10.77.0.1:1/announce"
                                   f"&tr=http://10.77.0.1:6970/announce&tr=wss://x&tr=nonsense{tr}"],
            "a web seed": [f"magnet:?xt=urn:btih:{hex_}&ws={web.base}/x{tr}"],
            "a peer": [f"magnet:?xt=urn:btih:{hex_}{pe}"],
            "peers": [f"magnet:?xt=urn:btih:{hex_}&x.pe=10.77.1.9:1&x.pe=nonsense&x.pe=:1{pe}"],
            "a bare hash": [hex_, "--tracker", url],
            "a bare base32 hash": [base32, "--peer", PEER],
            "a bare hash in upper case": [hex_.upper(), "--peer", PEER]}.items():
        swarm.fetch(name, *words)
    check(hung.reached, "the tracker that hangs was not asked")
    same(web.targets, [], "requests to the web seed")


@case("Magnet.IsNoSlowerThanItsTorrent")
def quick(lab):
    swarm = Swarm(lab, "single")
    source = swarm.torrent.write(lab.folder / "x.torrent", swarm.tracker.url)

    def seconds(name, what):
        begin = time.monotonic()
        swarm.fetch(name, what)
        return time.monotonic() - begin

    file = min(seconds(f"file {i}", source) for i in range(3))
    magnet = min(seconds(f"magnet {i}", swarm.magnet) for i in range(3))
    tell(f"from the torrent in {file:.2f} s, from the magnet in {magnet:.2f} s")
    check(magnet < file + 0.5, f"{magnet:.2f} s, and {file:.2f} s from the torrent")


def files_in(folder):
    return {path for path, (size, _) in tree(folder).items() if size}


@case("Magnet.NamesTheFilesThatAreFetched", "quick")
def selects(lab):
    swarm = Swarm(lab)
    for name, so, options, wanted in (
            ("ranges", "0,2-3", [], {"a.bin", "b/two.bin", "c.bin"}),
            ("one", "1", [], {"b/one.bin"}),
            ("words of the user", "0,2-3", ["--select-file", "2"], {"b/one.bin"}),
            ("a glob", None, ["--select-file", "b/*"], {"b/one.bin", "b/two.bin"}),
            ("more than there are", "3-900", [], {"c.bin"})):
        out = lab.path("outs", name)
        swarm.run("-d", out, *options, swarm.magnet + (f"&so={so}" if so else ""))
        same(files_in(out / "album"), wanted, f"{name}: the files")
        for path in wanted:
            check((out / "album" / path).read_bytes() ==
                  (swarm.torrent.payload / path).read_bytes(), f"{name}: {path}")


@case("Magnet.IsListedWithoutADownload", "quick")
def listed(lab):
    swarm = Swarm(lab)
    source = swarm.torrent.write(lab.folder / "x.torrent", swarm.tracker.url)
    for i, arguments in enumerate((["-S"], ["-S", "--json"], ["info"], ["info", "--json"])):
        new = {"XDG_STATE_HOME": str(lab.path("states", str(i)))}
        got = lab.run_bt(*arguments, swarm.magnet, timeout=20, env=new)
        same(got.code, 0, f"exit status of {arguments}")
        got = got.out
        wanted = swarm.run(*arguments, source).out
        if "--json" in arguments:
            got, wanted = json.loads(got), json.loads(wanted)
            same(got["files"], wanted["files"], f"{arguments}: the files")
            same(got.get("info_hash"), wanted.get("info_hash"), f"{arguments}: the info-hash")
        else:
            about = [line for line in got.splitlines() if "album" in line]
            same(about, [line for line in wanted.splitlines() if "album" in line], f"{arguments}")
    run = swarm.run("--dry-run", "-d", lab.path("out"), swarm.magnet)
    check("album" in run.out + run.err, f"--dry-run says {run.out + run.err!r}")
    same(list(lab.path("out").iterdir()), [], "what is in the folder")
    same(swarm.seeder.served, [], "blocks that were fetched")


@case("Magnet.IsSavedAsATorrentOfTheSameHash", "quick")
def saved(lab):
    swarm = Swarm(lab)
    path = lab.folder / "saved.torrent"
    swarm.fetch("out", "--save-torrent", path, swarm.magnet)
    content = path.read_bytes()
    check(bencode(swarm.torrent.info) in content, "not the info dictionary of the seeder")
    same(hashlib.sha1(bencode(bdecode(content)[b"info"])).hexdigest(), swarm.torrent.hex,
         "the info-hash")
    info = libtorrent_info(lab, path)
    same((info["info_hash"], info["trackers"]), (swarm.torrent.hex, [[swarm.tracker.url]]),
         "what libtorrent reads")
    swarm.fetch("again", path)
    # One that is in the way is no reason to lose it, or the download.
    other = lab.folder / "other.torrent"
    other.write_bytes(b"mine")
    run = lab.run_bt("-d", lab.path("out2"), "--save-torrent", other, swarm.magnet)
    check(run.code in (0, 13) and other.read_bytes() in (b"mine", content),
          f"exit status {run.code}, and {other.read_bytes()[:40]!r} in the file")
    listed = lab.folder / "listed.torrent"
    swarm.run("-S", "--save-torrent", listed, swarm.magnet)
    check(bencode(swarm.torrent.info) in listed.read_bytes(), "nothing is saved with -S")


@case("Magnet.OfYesterdayNeedsNoPeer", "quick")
def cached(lab):
    swarm = Swarm(lab)
    first = swarm.run("-S", swarm.magnet).out
    swarm.seeder.close()
    swarm.tracker.close()
    begin = time.monotonic()
    same(swarm.run("-S", swarm.magnet, timeout=5).out, first, "the listing")
    took = time.monotonic() - begin
    tell(f"listed in {took:.2f} s")
    check(took < 2, f"listed in {took:.2f} s")
    same(json.loads(swarm.run("info", "--json", swarm.torrent.hex, timeout=5).out)["info_hash"],
         swarm.torrent.hex, "what a bare hash is")
    # What is damaged is not believed.
    files = [path for path in (lab.folder / "home").rglob("*") if path.is_file()]
    check(files, "nothing is kept")
    for path in files:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    swarm.run("-S", "--metadata-timeout", "1s", swarm.magnet, code=42)


@case("Magnet.OfYesterdayStillLeadsToItsPeer", "quick")
def cached_peer(lab):
    swarm = Swarm(lab)
    link = f"magnet:?xt=urn:btih:{swarm.torrent.hex}&x.pe={PEER}"
    swarm.run("-S", link)
    swarm.run("-d", lab.path("out"), link, timeout=20)
    check_only(swarm.torrent, lab.path("out"))


@case("Magnet.OfAPrivateTorrentIsFetched", "quick")
def private(lab):
    swarm = Swarm(lab)
    swarm.torrent.info["private"] = 1
    swarm.seeder.metadata = bencode(swarm.torrent.info)
    swarm.fetch("out", swarm.torrent.magnet(swarm.tracker.url))


@case("Magnet.BesideTorrentsInABatch", "quick")
def batch(lab):
    swarm = Swarm(lab)
    other = make_payload(lab.path("other"), PAYLOADS["single"])
    place = ("10.77.1.2", 7102)
    MetadataSeeder(lab, other, *place)
    source = other.write(lab.folder / "other.torrent", HttpTracker(lab, "10.77.0.1", 6970,
                                                                   peers=[place]).url)
    lists = lab.folder / "list.txt"
    lists.write_text(f"# two\n{swarm.magnet}\n{source}\n")
    out = lab.path("out")
    swarm.run("-i", lists, "-d", out)
    same(sorted(p.name for p in out.iterdir()), ["album", "film.bin"], "what is in the folder")
    run = swarm.run("-d", lab.path("twice"), swarm.magnet, swarm.torrent.hex, code=11)
    check("twice" in run.err or "same torrent" in run.err, run.err)
