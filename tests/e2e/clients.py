"""The real clients and the tracker: how each is started as a seeder or a downloader, and watched."""
import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from harness import BT, check, listening, until
from torrents import bdecode

PYTHON = "/usr/bin/python3"  # the one that python3-libtorrent extends
HERE = Path(__file__).resolve().parent
TRACKER = "10.77.0.1"
HTTP = f"http://{TRACKER}:6969/announce"
UDP = f"udp://{TRACKER}:6969/announce"

# Some need long: transmission looks for a port mapping before it announces.
START_TIMEOUT = 60
RIVALS = ("aria2", "transmission", "libtorrent")
NOBODY = 65534
PLACE = {"aria2": ("10.77.0.11", 7011), "transmission": ("10.77.0.12", 7012),
         "libtorrent": ("10.77.0.13", 7013)}
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def http_get(url):
    try:
        with direct.open(url, timeout=5) as answer:
            return answer.read()
    except (urllib.error.URLError, OSError):
        return b""


def hash_query(info_hash):
    return "info_hash=" + urllib.parse.quote(info_hash, safe="")


def as_nobody():
    """What to put before a command that refuses to run as root."""
    users = int(Path("/proc/self/uid_map").read_text().split()[2])
    if users > NOBODY:
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return ["unshare", "--user", "--map-user=1000"]  # root here and nowhere else


class OpenTracker:
    """opentracker for these torrents, over HTTP and UDP. It serves only the hashes that it was told."""

    def __init__(self, lab, *torrents):
        place = lab.path("opentracker")
        listed = place / "hashes"
        listed.write_text("".join(t.hex + "\n" for t in torrents))
        for path, mode in ((lab.folder, 0o711), (place, 0o755), (listed, 0o644)):
            path.chmod(mode)
        self.process = lab.start("opentracker", *as_nobody(), "opentracker", "-i", TRACKER,
                                 "-p", "6969", "-P", "6969", "-d", place, "-w", listed)
        self.process.wait_for(lambda: listening(TRACKER, 6969), 10, "opentracker listening")

    def seeds(self, torrent):
        answer = http_get(f"http://{TRACKER}:6969/scrape?{hash_query(torrent.info_hash)}")
        if not answer:
            return 0
        return bdecode(answer)[b"files"].get(torrent.info_hash, {}).get(b"complete", 0)

    def wait_for_seeds(self, torrent, count=1):
        until(lambda: self.seeds(torrent) >= count, START_TIMEOUT,
              f"{count} seeds of {torrent.name} at the tracker")


def announced_peers(url, torrent):
    """How many peers a tracker has of a torrent, asked as a peer that takes its leave at once."""
    base = (f"{url}?{hash_query(torrent.info_hash)}&peer_id=-E20000-aaaaaaaaaaaa&port=7999"
            f"&uploaded=0&downloaded=0&left=1&compact=1&numwant=50&event=")
    answer = http_get(base + "started")
    http_get(base + "stopped")
    if not answer:
        return 0
    found = bdecode(answer).get(b"peers", b"")
    places = ([found[i:i + 6] for i in range(0, len(found), 6)] if isinstance(found, bytes) else
              found)
    own = (7999).to_bytes(2, "big")
    return sum(1 for p in places if not (isinstance(p, bytes) and p[4:] == own))


class Aria2:
    def __init__(self, lab, mode, source, folder, limit=None, place=None, options=()):
        address, port = place or PLACE["aria2"]
        arguments = ["aria2c", "--no-conf", "--enable-dht=false", "--enable-dht6=false",
                     "--bt-enable-lpd=false", "--disable-ipv6=true", "--file-allocation=none",
                     "--summary-interval=1", "--console-log-level=notice", f"--interface={address}",
                     f"--listen-port={port}", "--bt-request-peer-speed-limit=1000M", "-d", folder]
        if mode == "seed":
            arguments += ["-V", "--bt-hash-check-seed=true", "--seed-ratio=0"]
        else:
            arguments += ["--seed-time=0"]
        if limit:
            arguments += [f"--max-upload-limit={limit}"]
        self.process = lab.start(f"aria2-{mode}", *arguments, *options, source)

    def wait_complete(self, timeout):
        check(self.process.wait(timeout) == 0, "aria2 failed")


class Transmission:
    def __init__(self, lab, mode, source, folder, limit=None, place=None):
        address, port = place or PLACE["transmission"]
        home = lab.path(f"transmission-{mode}")
        self.done = home / "done"
        script = home / "finished.sh"
        script.write_text(f"#!/bin/sh\n: > '{self.done}'\n")
        script.chmod(0o755)
        (home / "settings.json").write_text(json.dumps({
            "bind-address-ipv4": address, "dht-enabled": False, "lpd-enabled": False,
            "utp-enabled": False, "pex-enabled": False, "port-forwarding-enabled": False,
            "encryption": 0, "rpc-enabled": False, "peer-limit-per-torrent": 200,
            "preallocation": 0}))
        limits = ["-u", str(limit // 1024)] if limit else ["-U"]
        self.process = lab.start(
            f"transmission-{mode}", "transmission-cli", "-g", home, "-w", folder, "-M", "-D",
            *limits, "-p", str(port), "-f", script, source)

    def wait_complete(self, timeout):
        self.process.wait_for(self.done.exists, timeout, "the download of transmission")


def last_line(process, nothing):
    """What a program of ours printed last, line by line in JSON."""
    lines = [line for line in process.out.split("\n")[:-1] if line]
    return json.loads(lines[-1]) if lines else nothing


class LibTorrent:
    """Options: see lt_client.py."""

    def __init__(self, lab, mode, source, folder, place=None, **options):
        address, port = place or PLACE["libtorrent"]
        self.process = lab.start(
            f"libtorrent-{mode}", PYTHON, "-B", HERE / "lt_client.py", mode, source, folder,
            f"{address}:{port}", *[f"{key}={value}" for key, value in options.items() if value])

    def status(self):
        return last_line(self.process, {"state": "", "done": 0, "uploaded": 0, "peers": 0})

    def wait_complete(self, timeout):
        check(self.process.wait(timeout) == 0, "libtorrent failed")


class Dht:
    """A DHT of libtorrent nodes, each at an address of its own."""

    def __init__(self, lab, count=12):
        self.places = [f"10.77.3.{i + 1}:6881" for i in range(count)]
        self.process = lab.start("dht", PYTHON, "-B", HERE / "lt_dht.py", *self.places)
        self.process.wait_for(lambda: min(self.status()["known"], default=0) >= count // 2, 30,
                              "DHT nodes that know each other")

    @property
    def entry(self):
        return self.places[0]

    def status(self):
        return last_line(self.process, {"known": [], "announced": {}})

    def wait_for(self, torrent, nodes=2, timeout=20):
        """Until somebody has announced the torrent to some nodes."""
        self.process.wait_for(lambda: self.status()["announced"].get(torrent.hex, 0) >= nodes,
                              timeout, f"an announce of {torrent.name} to {nodes} nodes")


class Bt:
    """bt as one of the clients: `bt seed` of a payload, or a download."""

    def __init__(self, lab, mode, source, folder, limit=None, place=None, options=()):
        arguments = ["seed"] if mode == "seed" else []
        arguments += ["-d", folder, *options]
        if limit:
            arguments += ["--max-upload-limit", limit]
        if place:
            arguments += ["--listen-port", place[1]]
        self.process = lab.start(f"bt-{mode}", BT, *arguments, source)

    def wait_complete(self, timeout):
        code = self.process.wait(timeout)
        check(code == 0, f"bt ended with {code}")


CLIENTS = {"aria2": Aria2, "transmission": Transmission, "libtorrent": LibTorrent, "bt": Bt}


def seed(lab, client, source, folder, **options):
    return CLIENTS[client](lab, "seed", source, folder, **options)


def download(lab, client, source, folder, **options):
    return CLIENTS[client](lab, "download", source, folder, **options)


def libtorrent_info(lab, path):
    process = lab.start("libtorrent-info", PYTHON, "-B", HERE / "lt_client.py", "info", path,
                        ".", "-")
    check(process.wait(20) == 0, "libtorrent does not read the torrent")
    return json.loads(process.out)
