"""Trackers that lie, hang, repeat secrets and mislead: nothing of it is shown, reached or waited for."""
import gzip
import signal
import struct
import time
from pathlib import Path

from cases import case
from harness import check, pause, same, until
from peers import HttpTracker, Seeder, SilentServer
from torrents import KIB, bencode, check_only, make_payload
from trackers import (DatagramServer, NameServer, RawTracker, add_address, dribble, http,
                      is_connect, reply, silent, udp_announced, udp_connected, without_end)

SHAPE = ("film.bin", 32 * KIB, 1000 * KIB)
TRACKER = "10.77.0.1"
HONEST, NEAR = ("10.77.1.1", 7101), ("10.77.1.2", 7102)
PUBLIC, PUBLIC_PEER = "203.0.113.1", ("203.0.113.2", 7103)
KEY = "fedcba9876543210fedcba9876543210"


def write(lab, *trackers):
    torrent = make_payload(lab.path("seed"), SHAPE)
    return torrent, torrent.write(lab.folder / "x.torrent", *trackers)


def downloads(lab, torrent, source, *options, timeout=30):
    run = lab.run_bt("-d", lab.path("out"), *options, source, timeout=timeout)
    same(run.code, 0, "exit status")
    check_only(torrent, lab.path("out"))
    return run


def complaint(lab, *trackers):
    """The last line of a run that has only these trackers, and finds no peer."""
    _, source = write(lab, *trackers)
    run = lab.run_bt("--stall-timeout", "1s", "-d", lab.path("none"), source, timeout=30)
    same(run.code, 41, "exit status")
    return run.err.strip().split("\n")[-1]


def check_harmless(text):
    check(not any(c < " " and c != "\n" or "\x7f" <= c < "\xa0" for c in text),
          f"control characters: {text[-500:]!r}")


def memory(process):
    """The most that it has had, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def hostile_answers():
    """Row of the catalogue of bad inputs -> answer."""
    bomb = gzip.compress(bytes(20_000_000))
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    ok = b"HTTP/1.1 200 OK\r\n\r\n"
    return {
        "H1 headers that dribble": lambda _: dribble(ok + b"x" * 10_000, 0.05),
        "H1 silence": b"",
        "H2 a body without end": lambda _: without_end(ok, bytes(65536)),
        "H2 chunks without end": lambda _: without_end(chunked, b"10000\r\n" + bytes(65536) + b"\r\n"),
        "H2 the size of a chunk without end": lambda _: without_end(chunked + b"1;", b"x" * 65536),
        "H2 ten gigabytes announced": http(b"d", Content_Length=10**10),
        "H2 a negative length": http(b"d", Content_Length=-1),
        "H2 a length past 64 bits": http(b"d", Content_Length=2**64 + 1),
        "H3 a bomb": http(bomb, Content_Encoding="gzip"),
        "H3 a bomb that does not say so": http(bomb),
        "H3 damaged and twice": http(b"\x1f\x8bxx", Content_Encoding="gzip, gzip"),
        "H4 a loop": http(b"", "HTTP/1.1 302 Found", Location="/announce"),
        "H4 a file": http(b"", "HTTP/1.1 302 Found", Location="file:///etc/passwd"),
        "H6 wrong types": http(bencode({"interval": "soon", "peers": [1, "x", {"ip": 5}]})),
        "H6 intervals": http(bencode({"interval": -2**40, "min interval": 2**40})),
        "H6 long words": http(bencode({"failure reason": b"\x1b]0;x\x07\xe2\x80\xae" * 80_000})),
        "H7 odd lengths": http(bencode({"interval": 0, "peers": b"abcde", "peers6": b"x" * 17})),
        "H7 too many": http(bencode({"interval": 9, "peers": b"\xe0\0\0\1\0\1" * 170_000})),
        "H7 nobody": http(reply([("0.0.0.0", 80), ("255.255.255.255", 80), ("224.0.0.1", 80),
                                 ("10.77.1.9", 0)])),
        "H8 a wrong length": http(b"d5:peers119:abcdefe"),
        "H8 depth": http(b"d5:peers" + b"l" * 500_000),
        "H9 no location": http(b"", "HTTP/1.1 301 Moved"),
        "H9 an error page": http(b"<html>\x1b[2J</html>", "HTTP/1.1 500 \x9b2Jno"),
        "H9 a status line that clears the screen": http(b"", "HTTP/1.1 200 \x1b[2Jok"),
        "H9 no HTTP": b"d8:intervali5ee\r\n\r\n",
        "H9 something else": b"SSH-2.0-OpenSSH\r\n\r\n",
    }


@case("Tracker.HostileAnswersBesideAGoodOne", "quick")
def hostile_beside_good(lab):
    answers = hostile_answers()
    rows = {name: RawTracker(lab, TRACKER, 7000 + i, answer)
            for i, (name, answer) in enumerate(answers.items())}
    good = HttpTracker(lab, TRACKER, 6969, peers=[HONEST])
    torrent, source = write(lab, *[t.url for t in rows.values()], good.url)
    seeder = Seeder(lab, torrent, *HONEST, hold_after=20)
    log = lab.folder / "log"
    run = lab.bt("-vv", "--log", log, "--log-level", "trace", "-d", lab.path("out"), source)
    run.wait_for(seeder.holding, 20, "blocks of the honest peer")
    slow = {"H1 headers that dribble", "H1 silence"}
    until(lambda: all(t.ended for name, t in rows.items() if name not in slow), 20,
          lambda: f"refused: {[n for n, t in rows.items() if not t.ended]}")
    check(memory(run) < 300, f"{memory(run)} MiB")
    loop = rows["H4 a loop"]
    until(lambda: loop.ended >= 6, 20, lambda: f"six requests in a loop: {loop.targets}")
    same(len(loop.targets), 6, "requests in a loop of redirects")
    seeder.release()
    same(run.wait(30), 0, "exit status")
    check_only(torrent, lab.path("out"))
    check_harmless(run.out + run.err + log.read_text())


@case("Tracker.AnEndlessHeaderEndsAtTheDeadline", seconds=60)
def slow_loris(lab):
    head = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9999
    tracker = RawTracker(lab, TRACKER, 7000, lambda _: dribble(head, 0.2))
    _, source = write(lab, tracker.url)
    begin = time.monotonic()
    run = lab.bt("-d", lab.path("out"), source)
    run.wait_for(lambda: tracker.ended, 40, "the end of the announce")
    check(25 < time.monotonic() - begin < 35, f"after {time.monotonic() - begin:.1f} s")


@case("Tracker.TheReasonOfEachFailureIsTold")
def reasons(lab):
    answers = hostile_answers()
    for port, (row, wanted) in enumerate({
            "H3 a bomb": "a compressed answer, which was not asked for",
            "H2 ten gigabytes announced": "the answer is too large",
            "H4 a loop": "too many redirects",
            "H4 a file": "a redirect to something other than http or https",
            "H8 a wrong length": "the tracker's answer is not a bencoded dictionary",
            "H9 an error page": "HTTP 500 Internal Server Error",
            "H9 something else": "the answer is not HTTP"}.items(), 7000):
        tracker = RawTracker(lab, TRACKER, port, answers[row])
        line = complaint(lab, tracker.url)
        check(f"{TRACKER}: {wanted}" in line, f"{row}: {line!r}")


@case("Tracker.WhatFailedIsTriedAgainWhenAnAddressAppears", "quick")
def network_comes(lab):
    elsewhere = RawTracker(lab, "0.0.0.0", 6970, lambda _: http(reply([PUBLIC_PEER])))
    here = HttpTracker(lab, TRACKER, 6969)
    torrent, source = write(lab, f"http://{PUBLIC}:6970/announce", here.url)
    # One that has ended by then, and is in the session no more.
    lonely = make_payload(lab.path("lonely"), ("lonely.bin", 32 * KIB, KIB))
    begin = time.monotonic()
    bt = lab.bt("-d", lab.path("out"), source, lonely.write(lab.folder / "lonely.torrent"))
    bt.wait_for(lambda: here.announces, 20, "the tracker that can be reached to be asked")
    same(elsewhere.events(), [], "announces before there is a way")
    add_address(PUBLIC_PEER[0])
    add_address(PUBLIC)
    Seeder(lab, torrent, *PUBLIC_PEER)
    same(bt.wait(30), 41, "exit status: of the other torrent")
    took = time.monotonic() - begin
    check(took < 4.5, f"took {took:.1f} s; without news of the network the next try is after 5 s")
    (lab.path("out") / f".{lonely.info_hash.hex()}.bt").unlink()  # it could go on another time
    check_only(torrent, lab.path("out"))


@case("Tracker.AnUnregisteredTorrentIsSaid", "quick")
def refused(lab):
    tracker = HttpTracker(lab, TRACKER, 6969, failure="unregistered torrent")
    line = complaint(lab, "http://10.77.0.1:1/announce", tracker.url)
    check("10.77.0.1: connection refused" in line and "1 tracker more" in line, line)
    line = complaint(lab, tracker.url)
    check('10.77.0.1 answered "unregistered torrent"' in line, line)


@case("Tracker.NoSecretAndNoEscapeIsShown", "quick")
def secrets(lab):
    def repeat(target):
        words = b"\x1b[2Jwho is " + target.encode() + b"?" + b"\x1b\xff\xe2\x80\xae" * 200_000
        return http(bencode({"failure reason": words}))

    def away(target):
        if target.startswith("/away"):
            return http(b"", "HTTP/1.1 500 no")
        return http(b"", "HTTP/1.1 302 Found", Location=f"/away/{KEY}/announce?{KEY}")

    trackers = [RawTracker(lab, TRACKER, 7001, repeat, f"/{KEY}/announce?passkey={KEY}"),
                RawTracker(lab, TRACKER, 7002, away, f"/announce?passkey={KEY}")]
    urls = [t.url for t in trackers]
    urls += [f"http://10.77.0.1:1/{KEY}/announce", f"http://user:{KEY}@10.77.0.1:7001/announce",
             f"udp://10.77.0.1:1/announce?{KEY}", f"http://10.77.0.1:7001/{KEY}", f"wss://x/{KEY}"]
    for chosen in [urls] + [[url] for url in urls[:2]]:
        _, source = write(lab, *chosen)
        log = lab.folder / f"log{len(chosen)}"
        typed = [] if len(chosen) == 1 else ["--tracker", f"http://10.77.0.1:2/a/{KEY}?k={KEY}"]
        run = lab.run_bt("-vv", "--log", log, "--log-level", "trace", "--stall-timeout", "1s",
                         "--peer", "10.77.1.1:1", *typed, "-d", lab.path("out"), source, timeout=30)
        same(run.code, 41, "exit status")
        shown = run.out + run.err + log.read_text()
        check(KEY not in shown and KEY[:16] not in shown, f"the pass-key is shown: {shown[-3000:]}")
        check_harmless(shown)
        check(max(map(len, shown.split("\n"))) < 600, "a line is long")
    wrong = lab.run_bt("--tracker", f"htp://x/{KEY}", source)
    same((wrong.code, KEY in wrong.err), (28, False), f"a mistyped tracker: {wrong.err!r}")


@case("Trust.ALocalTrackerIsAskedOnlyAtAnAnnouncePath", "quick")
def announce_path(lab):
    torrent, _ = write(lab)
    Seeder(lab, torrent, *HONEST)
    admin = HttpTracker(lab, TRACKER, 6969, peers=[HONEST])
    udp = DatagramServer(lab, TRACKER, 6970, silent)
    url = admin.base + "/admin?do=reboot"
    baked = admin.base + "/announce?event=completed"
    for bad in (url, baked, "http://169.254.169.254/latest/meta-data", "http://127.1:6969/x",
                udp.url.replace("/announce", "/x")):
        line = complaint(lab, bad)
        check("not asked: " in line and "reboot" not in line, f"{bad}: {line!r}")
    same((admin.announces, udp.packets), ([], []), "what has been asked")
    _, source = write(lab, url)
    downloads(lab, torrent, source, "--tracker", url)  # the user's word counts


@case("Trust.ATrackerOnTheInternetNamesNoLocalPeers", "quick")
def forged_peers(lab):
    add_address(PUBLIC)
    add_address(PUBLIC_PEER[0])
    near = SilentServer(lab, *NEAR)
    tracker = RawTracker(lab, PUBLIC, 80, http(reply([NEAR, ("127.0.0.1", 7102), PUBLIC_PEER])))
    udp = DatagramServer(lab, PUBLIC, 80, lambda p: [udp_connected(p)] if is_connect(p) else
                         [udp_announced(p, [NEAR])])
    torrent, source = write(lab, tracker.url, udp.url)
    seeder = Seeder(lab, torrent, *PUBLIC_PEER, hold_after=10)
    run = lab.bt("-d", lab.path("out"), source)
    run.wait_for(lambda: seeder.holding() and len(udp.packets) > 1, 20, "both trackers")
    seeder.release()
    same(run.wait(30), 0, "exit status")
    check(not near.connections, "a local peer was dialed")
    # One that the user names may be anywhere.
    HttpTracker(lab, TRACKER, 6969)
    Seeder(lab, torrent, *HONEST)
    _, source = write(lab, f"http://{TRACKER}:6969/announce")
    (lab.path("out") / torrent.name).unlink()
    downloads(lab, torrent, source, "--peer", "%s:%d" % HONEST)


@case("Trust.ARedirectLeadsNowhereNear", "quick")
def redirects(lab):
    add_address(PUBLIC)
    near = RawTracker(lab, TRACKER, 6969, http(reply()))
    for port, (where, wanted) in enumerate({
            near.url: f"refused: a redirect into a nearer network, to {TRACKER}",
            "http://127.0.0.1:6969/announce": "refused: a redirect into a nearer network",
            "http://169.254.169.254/announce": "refused: a redirect into a nearer network",
            "http://[::ffff:10.77.0.1]:6969/announce": "refused: a redirect into a nearer network",
            "file:///etc/passwd": "a redirect to something other than http or https",
            "/again": "too many redirects"}.items(), 8000):
        tracker = RawTracker(lab, PUBLIC, port, http(b"", "HTTP/1.1 302 Found", Location=where))
        line = complaint(lab, tracker.url)
        check(wanted in line, f"to {where}: {line!r}")
    # Within the local network only to an announce path.
    tracker = RawTracker(lab, TRACKER, 7000, http(b"", "HTTP/1.1 307 x", Location=near.base + "/x"))
    line = complaint(lab, tracker.url)
    check("not asked: " in line, line)
    same(near.targets, [], "requests to the local host")


@case("Tracker.UdpAnswersBesideAGoodOne", "quick")
def udp_hostile(lab):
    def wrong_first(packet):
        other = struct.pack(">I", struct.unpack(">I", packet[12:16])[0] ^ 1)
        lies = [packet[8:12] + other + bytes(12), b"", b"\0" * 7, bytes(60_000)]
        if is_connect(packet):
            return lies + [udp_connected(packet)]
        return lies + [udp_announced(packet, [HONEST], 0) + b"tail!"]

    def error(packet):
        return [struct.pack(">I", 3) + packet[12:16] + b"\x1b[2Jno\xff" * 9000]

    good = DatagramServer(lab, TRACKER, 6969, wrong_first)
    mute, angry = (DatagramServer(lab, TRACKER, 6970 + i, s) for i, s in enumerate((silent, error)))
    torrent, source = write(lab, mute.url, angry.url, "udp://10.77.0.1:6/announce",
                            "udp://203.0.113.9:6969/announce", good.url)
    Seeder(lab, torrent, *HONEST)
    run = downloads(lab, torrent, source, "-vv")
    check_harmless(run.err)
    for url, wanted in ((angry.url, '10.77.0.1 answered "\\x1b[2Jno\\xff'),
                        ("udp://10.77.0.1:6/announce", "10.77.0.1: connection refused"),
                        ("udp://203.0.113.9:6969/announce", "network is unreachable"),
                        (mute.url, "waiting for 10.77.0.1")):
        line = complaint(lab, url)
        check(wanted in line, f"{url}: {line!r}")


@case("Tracker.ATrackerThatComesBackIsAskedAgain")
def comes_back(lab):
    torrent, source = write(lab, f"http://{TRACKER}:6969/announce")
    Seeder(lab, torrent, *HONEST)
    run = lab.bt("-vv", "-d", lab.path("out"), source)
    run.wait_for(lambda: "downloading" in run.err, 10, "the download's begin")
    pause(1)  # the first announce fails
    HttpTracker(lab, TRACKER, 6969, peers=[HONEST])
    same(run.wait(20), 0, "exit status")


@case("Tracker.CompletedIsNeverToldOfDataThatWasThere", "quick")
def resumed_seed(lab):
    tracker = HttpTracker(lab, TRACKER, 6969)
    torrent, source = write(lab, tracker.url)
    for command in (["seed"], ["--seed"]):
        tracker.announces.clear()
        run = lab.bt(*command, "-d", torrent.folder, source)
        run.wait_for(lambda: tracker.announces, 20, "an announce")
        until(lambda: tracker.answered, 5, "its answer")
        pause(0.3)
        run.send(signal.SIGINT)
        run.wait(5)
        same(tracker.events(), ["started", "stopped"], f"events of {command}")
        same(tracker.announces[0]["left"], "0", "what is left")


def seconds_to_end(run):
    begin = time.monotonic()
    run.send(signal.SIGINT)
    code = run.wait(6)
    check(code == 7, f"exit status {code}")
    return time.monotonic() - begin


@case("Tracker.NothingThatHangsHoldsUpTheEnd", "quick")
def hangs(lab):
    names = NameServer(lab, None)
    accepts = SilentServer(lab, TRACKER, 6969)
    mute = DatagramServer(lab, TRACKER, 6969, silent)
    turned = RawTracker(lab, TRACKER, 6970,
                        lambda target: http(reply()) if "=started" in target else b"")
    _, source = write(lab, *[f"http://{i}.example/announce" for i in range(8)],
                      "udp://9.example/announce", f"http://{TRACKER}:6969/announce", mute.url,
                      turned.url)
    run = lab.bt("--peer", "peer.example:1", "-d", lab.path("out"), source)
    run.wait_for(lambda: len(names.packets) >= 4 and accepts.reached and mute.packets and
                 turned.targets, 20, "all to hang")
    pause(0.3)
    took = seconds_to_end(run)
    check(took <= 3.0, f"the end took {took:.2f} s")
    same(turned.events(), ["started", "stopped"], "what the one that had answered was told")


@case("Tracker.AGoodByeLooksNothingUp", "quick")
def good_bye(lab):
    names = NameServer(lab, TRACKER)
    tracker = HttpTracker(lab, TRACKER, 6969)
    _, source = write(lab, "http://tracker.example:6969/announce")
    run = lab.bt("-d", lab.path("out"), source)
    run.wait_for(lambda: tracker.answered, 20, "an announce")
    pause(0.3)
    names.answer = None
    asked = len(names.packets)
    took = seconds_to_end(run)
    check(took <= 1.0, f"the end took {took:.2f} s")
    same(tracker.events(), ["started", "stopped"], "events")
    same(len(names.packets), asked, "queries")


@case("Tracker.TrustingAnyCertificateIsSaidEveryTime", "quick")
def unchecked(lab):
    _, source = write(lab, "http://10.77.0.1:1/announce")
    for quiet in ([], ["--quiet"]):
        run = lab.run_bt("--no-check-certificate", "--stall-timeout", "1s", *quiet, "-d",
                         lab.path("out"), source)
        check("warning: --no-check-certificate" in run.err, run.err)
