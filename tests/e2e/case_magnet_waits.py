"""A magnet that waits for its metadata: what is said meanwhile, and how the wait ends."""
import signal
import time

from cases import case
from case_magnet import SEEDER, TRACKER, Swarm
from extended_peers import METADATA_PIECE, MetadataSeeder, padded
from faults import side_by_side, tell
from harness import check, same
from peers import HttpTracker, SilentServer
from schema import of_type, read_events
from screens import bt_on_terminal
from torrents import KIB, check_only, make_payload
from trackers import DatagramServer, NameServer, silent

HASH = "0123456789abcdef0123456789abcdef01234567"
MUTE = ("10.77.1.2", 7102)
STOP_SECONDS = 3.3  # 3.0 are promised; the rest is the measuring on a busy machine


@case("Magnet.ABadLinkIsToldAtOnce", "quick")
def bad(lab):
    for link in ("magnet:", "magnet:?", "magnet:?dn=name", "magnet:?xt=", f"magnet:?xt={HASH}",
                 "magnet:?xt=urn:btih:", f"magnet:?xt=urn:btih:{HASH[:-1]}",
                 f"magnet:?xt=urn:btih:{HASH}0", f"magnet:?xt=urn:btih:{HASH[:-1]}g",
                 "magnet:?xt=urn:btih:" + "A" * 31, "magnet:?xt=urn:btih:" + "1" * 32,
                 f"magnet:?xt=urn:sha1:{HASH[:32]}", f"magnet:xt=urn:btih:{HASH}x",
                 "magnet:?xt=urn:btmh:1220abcd"):
        for command in ([], ["info"], ["-S"]):
            run = lab.run_bt(*command, link, timeout=10)
            same(run.code, 27, f"exit status of {command} {link}")
            check(len(run.err.strip().split("\n")) == 1 and run.err.strip() != "",
                  f"not one line for {link}: {run.err!r}")
    run = lab.run_bt("--json", "magnet:?dn=\x1b[2Jx", timeout=10)
    events = read_events(run.out_path.read_bytes(), 27)
    same([e["type"] for e in events], ["start", "error", "summary"], "the events")
    check("\x1b" not in run.err, f"an escape is shown: {run.err!r}")


@case("Magnet.ThatGetsNoMetadataEndsInTime", "quick")
def in_time(lab):
    lab.in_memory()
    mute = SilentServer(lab, *MUTE)
    torrent = make_payload(lab.path("seed"), ("x.bin", 16 * KIB, 50 * KIB))
    MetadataSeeder(lab, torrent, *SEEDER, hold_metadata_after=0)
    for name, peers in (("nobody", []), ("a mute peer", [MUTE]), ("one that gives none", [SEEDER])):
        tracker = HttpTracker(lab, "10.77.0.1", 7000 + len(name), peers=peers)
        for command in ([], ["-S"], ["info"]):
            begin = time.monotonic()
            words = ["-d", lab.path("out")] if not command else command
            run = lab.run_bt(*words, "--metadata-timeout", "1s", torrent.magnet(tracker.url),
                             timeout=10)
            took = time.monotonic() - begin
            same(run.code, 42, f"{name}, {command}: exit status")
            check(0.9 < took < 4.5, f"{name}, {command}: after {took:.1f} s")
            same(run.out, "", "standard output")
    check(mute.reached, "the mute peer was not met")
    same(list(lab.path("out").iterdir()), [], "what is in the folder")


@case("Magnet.StallsAsATorrentDoes", "quick")
def stalls(lab):
    for source, words in (([HASH], "no peer can be found"),
                          ([HASH, "--peer", "10.77.1.9:1"], "no peer ever answered")):
        run = lab.run_bt("--stall-timeout", "1s", "-d", lab.path("out"), *source, timeout=20)
        same(run.code, 41, f"exit status of {source}")
        check(words in run.err, f"the reason: {run.err!r}")
    swarm = Swarm(lab, hold_after=0)
    run = swarm.run("--stall-timeout", "1s", "-d", lab.path("out"), swarm.magnet, code=43)
    check("peer" in run.err, f"the reason: {run.err!r}")
    check(swarm.seeder.asked, "no metadata was fetched")


def large_metadata(lab, pieces=12, **seeder):
    lab.in_memory()
    torrent = make_payload(lab.path("seed"), ("x.bin", 16 * KIB, 50 * KIB))
    padded(torrent, pieces * METADATA_PIECE - 100)
    server = MetadataSeeder(lab, torrent, *SEEDER, **seeder)
    tracker = HttpTracker(lab, *TRACKER, peers=[SEEDER])
    return torrent, server, torrent.magnet(tracker.url)


@case("Magnet.SaysHowMuchMetadataItHas", "quick")
def progress(lab):
    torrent, server, magnet = large_metadata(lab, hold_metadata_after=3)
    terminal = bt_on_terminal(lab, "-d", lab.path("screen"), magnet, columns=100)
    terminal.see(lambda lines: any("metadata 3/12 pieces, 1 peer" in line for line in lines), 20,
                 "three pieces of metadata")
    terminal.type(b"\x03")
    same(terminal.ended(), 7, "exit status")
    server.asked.clear()
    run = lab.bt("--summary-interval", "1s", "-d", lab.path("out"), magnet)
    run.wait_for(lambda: "metadata 3/12 pieces, 1 peer" in run.err, 20, "a line of it in a pipe")
    server.release_metadata()
    same(run.wait(20), 0, "exit status")
    check_only(torrent, lab.path("out"))
    check("\r" not in run.err and "\x1b" not in run.err, "what only a terminal understands")


@case("Magnet.TellsItsMetadataOnceInJson", "quick")
def json_events(lab):
    torrent, server, magnet = large_metadata(lab, hold_metadata_after=3)
    run = lab.bt("--json", "-d", lab.path("out"), magnet)
    run.wait_for(lambda: run.out.count('"type":"progress"') >= 2, 20, "two lines of progress")
    server.release_metadata()
    same(run.wait(20), 0, "exit status")
    events = read_events(run.out_path.read_bytes(), 0)
    (metadata,) = of_type(events, "metadata")
    same((metadata["info_hash"], metadata["source"], metadata["name"], metadata["length"]),
         (torrent.hex, magnet, torrent.name, torrent.length), "the metadata")
    same([e["state"] for e in of_type(events, "progress")[:2]], ["metadata"] * 2, "the states")
    row = events[-1]["torrents"][0]
    same((row["info_hash"], row["name"], row["done"]), (torrent.hex, torrent.name, torrent.length),
         "the summary")
    late = lab.run_bt("--json", "--metadata-timeout", "1s", "--peer", "10.77.1.9:1", "-d",
                      lab.path("none"), HASH, timeout=20)
    events = read_events(late.out_path.read_bytes(), 42)
    same((len(of_type(events, "metadata")), of_type(events, "error")[0]["code"]), (0, 42),
         "the events of one that gets none")
    same(events[-1]["torrents"][0]["info_hash"], HASH, "the info-hash in its summary")


@case("Magnet.AnInterruptEndsEveryWait", "quick")
def interrupts(lab):
    lab.in_memory()
    NameServer(lab, None)
    peer, tracker = SilentServer(lab, *MUTE), SilentServer(lab, *TRACKER)
    udp = DatagramServer(lab, "10.77.0.1", 6970, silent)
    boot = DatagramServer(lab, "10.77.3.1", 6881, silent)
    lab.discover()
    magnet = (f"magnet:?xt=urn:btih:{HASH}&tr=http://10.77.0.1:6969/announce&tr={udp.url}"
              f"&tr=http://nowhere.example/announce&x.pe={MUTE[0]}:{MUTE[1]}&x.pe=who.example:1")

    def one(command):
        asked = len(boot.packets)
        run = lab.bt(*command, "--dht-bootstrap", "10.77.3.1:6881", magnet)
        run.wait_for(lambda: peer.reached and tracker.reached and udp.packets and
                     len(boot.packets) > asked, 20, "all to hang")
        begin = time.monotonic()
        run.send(signal.SIGINT)
        same(run.wait(10), 7, f"exit status of {command}")
        return time.monotonic() - begin

    took = side_by_side(one, ([], ["-S"], ["info"], ["--json"]), lanes=1)
    tell(f"gone after {', '.join(f'{t:.2f}' for t in took)} s")
    check(max(took) <= STOP_SECONDS, f"gone after {max(took):.2f} s")
