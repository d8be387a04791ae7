"""Peers that lie, hang or go: the download completes from the honest ones."""
import os
import struct
import threading
import time
from pathlib import Path

from cases import case
from harness import BT, HOME_ADDRESS, Failure, check, pause, same, until
from peers import (ALLOWED_FAST, BITFIELD, BLOCK, CANCEL, CHOKE, EXTENDED, FAST_AND_EXTENDED, HAVE,
                   HAVE_ALL, HAVE_NONE, INTERESTED, PIECE, REJECT, REQUEST, SUGGEST, UNCHOKE, Caller,
                   HttpTracker, Seeder, Server, SilentServer, hello, message, read_exactly)
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


class Mirror(Server):
    """Dialed by bt, it dials bt at the same time, and answers neither before both are there."""

    def __init__(self, lab, info_hash, identity, place, port):
        self.lab, self.hello, self.port = lab, hello(info_hash, "")[:48] + identity, port
        self.dialed = self.dialing = None
        super().__init__(lab, *place)

    def serve(self, connection):
        read_exactly(connection, 68)
        dialing = Caller(self.lab, self.place[0], (HOME_ADDRESS, self.port))
        dialing.send(self.hello)
        dialing.read(68)
        connection.sendall(self.hello)
        self.dialed, self.dialing = connection, dialing
        threading.Event().wait(60)  # keeps the connection

    def survivors(self):
        """Which of the two is still there, once one is not."""
        gone = {name for name, one in (("dialed", self.dialed), ("dialing", self.dialing.socket))
                if ended(one)}
        return {"dialed", "dialing"} - gone if gone else None


def ended(connection):
    """Reads what there is; true at the end of it."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


@case("Hostile.OfTwoConnectionsDialedAtTheSameTimeOneStays", "quick")
def simultaneous(lab):
    for number, (identity, stays) in enumerate(((b"-AA0000-", "dialed"), (b"-ZZ0000-", "dialing"))):
        torrent = make_payload(lab.path(f"seed{number}"), SHAPE)
        source = torrent.write(lab.folder / f"{number}.torrent")
        place, port = ("10.77.2.1", 7100 + number), 7200 + number
        mirror = Mirror(lab, torrent.info_hash, identity + b"x" * 12, place, port)
        bt = lab.bt("-d", lab.path(f"out{number}"), "--listen-port", str(port), "--peer",
                    f"{place[0]}:{place[1]}", source)
        bt.wait_for(lambda m=mirror: m.dialing, 20, "both connections")
        left = until(mirror.survivors, 10, "one of the connections to be closed")
        same(left, {stays}, f"which connection stays with a peer called {identity!r}")


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


# --- what bt is told by those who come to it ---

PORT = 7177
BT_PLACE = (HOME_ADDRESS, PORT)


class Busy:
    """A bt that downloads until it is let: the honest seeder keeps the last blocks back."""

    def __init__(self, lab, shape=SHAPE, peers=(), options=(), command=()):
        self.lab = lab
        self.torrent = make_payload(lab.path("seed"), shape)
        self.blocks = -(-self.torrent.length // BLOCK)
        tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=[HONEST, *peers])
        source = self.torrent.write(lab.folder / "x.torrent", tracker.url)
        self.honest = Seeder(lab, self.torrent, *HONEST, hold_after=self.blocks - 3)
        arguments = ["--listen-port", PORT, "-d", lab.path("out"), *options, source]
        self.process = lab.start("bt", *command, BT, *arguments)
        self.process.wait_for(lambda: len(self.honest.served) >= self.blocks - 3, 30,
                              "most of the payload")

    def call(self, address, **options):
        return Caller(self.lab, address, BT_PLACE, self.torrent.info_hash, **options)

    def completes(self, timeout=30):
        self.honest.release()
        same(self.process.wait(timeout), 0, "exit status")
        check_only(self.torrent, self.lab.path("out"))


def bitfield(torrent, byte=b"\xff"):
    count = len(torrent.info["pieces"]) // 20
    bits = bytearray(byte * ((count + 7) // 8))
    if count % 8:
        bits[-1] &= 0xFF << (8 - count % 8) & 0xFF
    return bytes(bits)


def number(*values):
    return b"".join(struct.pack(">I", value) for value in values)


@case("Hostile.AHandshakeHasTenSecondsHoweverItDribbles", seconds=60)
def dribbled_handshake(lab):
    class Dribbler(Server):
        ended = None

        def serve(self, connection):
            began = time.monotonic()
            try:
                for byte in hello(bytes(20), "slow"):
                    connection.sendall(bytes([byte]))
                    pause(1)
            except OSError:
                self.ended = time.monotonic() - began

    dialed = Dribbler(lab, *OTHER)
    busy = Busy(lab, peers=[OTHER])
    caller = Caller(lab, "10.77.4.1", BT_PLACE)
    began = time.monotonic()
    for byte in hello(busy.torrent.info_hash, "slow"):
        if not caller.send(bytes([byte])) or caller.closed_within(1):
            break
    took = time.monotonic() - began
    check(8 < took < 13, f"the caller was closed after {took:.1f} s")
    until(lambda: dialed.ended, 15, "the end of the dialed connection")
    check(dialed.ended < 14, f"the dialed one was closed after {dialed.ended:.1f} s")
    busy.completes()


@case("Hostile.WhatIsNoHandshakeHearsNothing", "quick")
def no_handshake(lab):
    busy = Busy(lab)
    strangers = [b"\xff" * 68, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".ljust(68, b" "),
                 bytes.fromhex("1603010200010001fc0303").ljust(68, b"\0"),
                 b"\x13BitTorrent protocoI" + bytes(48), hello(b"\xaa" * 20, "other")]
    for i, words in enumerate(strangers):
        caller = Caller(lab, f"10.77.4.{i + 1}", BT_PLACE)
        caller.send(words)
        caller.socket.settimeout(5)
        try:
            heard = caller.socket.recv(100)
        except ConnectionResetError:
            heard = b""
        same(heard, b"", f"what is answered to {words[:20]!r}")
    busy.completes()


@case("Hostile.BtAmongItsOwnPeers", "quick")
def itself(lab):
    busy = Busy(lab, peers=[BT_PLACE, ("127.0.0.1", PORT)])
    busy.completes()


@case("Hostile.OneIdentityHasOneConnection", "quick")
def one_identity(lab):
    busy = Busy(lab)
    first = busy.call("10.77.4.1", name="twin")
    first.read(68)
    second = busy.call("10.77.4.2", name="twin")
    check(second.closed_within(5), "the second of two connections stays")
    check(not first.closed_within(0.3), "the first of two connections is closed")
    # The id of the honest seeder is no secret.
    thief = busy.call("10.77.4.3", name=f"{HONEST[1]:05d}")
    check(thief.closed_within(5), "who comes with the identity of another stays")
    busy.completes()


@case("Hostile.AnAddressHasThreeConnections", "quick")
def one_address(lab):
    busy = Busy(lab)
    callers = [busy.call("10.77.4.1", name=f"n{i}") for i in range(6)]
    open_ones = [c for c in callers if not c.closed_within(0.5)]
    same(len(open_ones), 3, "connections of one address")
    other = busy.call("10.77.4.2")
    other.read(68)
    busy.completes()


@case("Hostile.WithoutDescriptorsAcceptPausesAndDoesNotSpin")
def no_descriptors(lab):
    busy = Busy(lab, command=["prlimit", "--nofile=40"])
    pid = busy.process.pid

    def cpu():
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    crowd = []
    for i in range(120):
        crowd.append(Caller(lab, f"10.77.5.{i + 1}", BT_PLACE))
    before = cpu()
    pause(3)
    used = cpu() - before
    check(used < 1, f"{used:.2f} s of processor time in 3 s")
    for caller in crowd:
        caller.close()
    pause(0.5)
    busy.call("10.77.4.1").read(68)
    busy.completes()


def broken(torrent):
    """What ends a connection: name, reserved bits, bytes after the handshake."""
    count = len(torrent.info["pieces"]) // 20
    whole = bitfield(torrent)
    block = bytes(BLOCK)
    bad_request = message(REQUEST, number(count, 0, BLOCK))
    return [
        ("a length of 4 GiB", number(0xFFFFFFFF)),
        ("a length of 1 MiB", number(1 << 20) + b"\x14"),
        ("a have of 4 bytes", number(4) + bytes([HAVE, 0, 0, 0])),
        ("a choke of 2 bytes", number(2) + bytes([CHOKE, 0])),
        ("a request of 12 bytes", number(12) + bytes([REQUEST]) + bytes(11)),
        ("an unknown message of 100 KiB", number(100_000) + b"\x63"),
        ("a short bitfield", message(BITFIELD, whole[:-1])),
        ("a long bitfield", message(BITFIELD, whole + b"\0")),
        ("a bitfield with spare bits", message(BITFIELD, b"\xff" * len(whole))),
        ("a have of no piece", message(HAVE, number(count))),
        ("a have of piece 2^31", message(HAVE, number(1 << 31))),
        ("a block of no bytes", message(PIECE, number(0, 0))),
        ("a block of 32 KiB", message(PIECE, number(0, 0) + block + block)),
        ("a block of no piece", message(PIECE, number(count, 0) + block)),
        ("a block across the end", message(PIECE, number(0, 64 * 1024 - 8) + block)),
        ("11 blocks that nobody asked for", message(PIECE, number(0, 0) + block) * 11),
        ("101 requests of no piece", bad_request * 101),
        ("101 requests that overflow", message(REQUEST, number(0, 0xFFFFFFF0, BLOCK)) * 101),
        ("101 requests of 1 MiB", message(REQUEST, number(0, 0, 1 << 20)) * 101),
        ("101 requests of nothing", message(REQUEST, number(0, 0, 0)) * 101),
        ("1001 rejects of nothing", message(REJECT, number(0, 0, BLOCK)) * 1001),
        ("101 bitfields", message(BITFIELD, whole) * 101),
        ("an extended handshake that is none", message(EXTENDED, b"\0i1e")),
        ("an extended handshake of 1 MiB", number(1 << 20) + bytes([EXTENDED, 0])),
        ("nesting without end", message(EXTENDED, b"\0" + b"l" * 60_000)),
    ]


def tolerated(torrent):
    count = len(torrent.info["pieces"]) // 20
    whole = message(BITFIELD, bitfield(torrent))
    return [
        ("keep-alives", number(0) * 1000),
        ("an unknown message", message(0x63, b"x" * 60_000)),
        ("a port", message(9, b"\x1a\xe1")),
        ("hash requests", b"".join(message(i, bytes(48)) for i in (21, 22, 23))),
        ("two bitfields, and one late", whole * 2 + message(UNCHOKE) + whole),
        ("have_all and have_none in turn", (message(HAVE_ALL) + message(HAVE_NONE)) * 40),
        ("cancels of nothing", message(CANCEL, number(count, 1, 2)) * 100),
        ("rejects of nothing", message(REJECT, number(count, 1, 2)) * 100),
        ("suggestions and fast pieces of no piece",
         (message(SUGGEST, number(count)) + message(ALLOWED_FAST, number(1 << 31))) * 1000),
        ("choking 1000 times", (message(UNCHOKE) + message(CHOKE)) * 900),
        ("requests while choked", message(REQUEST, number(0, 0, BLOCK)) * 100),
        ("extended handshakes without end",
         message(EXTENDED, b"\0d1:md6:ut_pexi300e11:ut_metadatai1eee") * 50),
        ("messages of extensions that are not ours",
         message(EXTENDED, b"\x03d5:added0:e") + message(EXTENDED, b"\x04\x00\x01\x7f\0\0\1")),
        ("a client name for a terminal",
         message(EXTENDED, b"\0d1:v21:\x1b]0;owned\x07\x1b[2J\r\nxxxxxe")),
    ]


@case("Hostile.WhatBreaksTheProtocolEndsTheConnection", "quick")
def breaks(lab):
    busy = Busy(lab)
    for i, (what, words) in enumerate(broken(busy.torrent)):
        caller = busy.call(f"10.77.4.{i + 1}", reserved=FAST_AND_EXTENDED)
        caller.read(68)
        caller.send(words)
        check(caller.closed_within(5), f"{what}: the connection stays")
    check(busy.process.running(), "bt is gone")
    busy.completes()


@case("Hostile.WhatIsOddIsTolerated", "quick")
def odd(lab):
    busy = Busy(lab, options=["-vv"])
    callers = []
    for i, (what, words) in enumerate(tolerated(busy.torrent)):
        caller = busy.call(f"10.77.4.{i + 1}", reserved=FAST_AND_EXTENDED)
        caller.read(68)
        caller.send(words)
        callers.append((what, caller))
    for what, caller in callers:
        check(not caller.closed_within(0.2), f"{what}: the connection is closed")
    busy.completes()
    for name, text in (("stdout", busy.process.out), ("stderr", busy.process.err)):
        check("\x1b]" not in text and "owned\x07" not in text, f"a foreign escape on {name}")


@case("Hostile.AFloodOfRequestsEnds", "quick")
def request_flood(lab):
    busy = Busy(lab)
    caller = busy.call("10.77.4.1", reserved=FAST_AND_EXTENDED)
    caller.read(68)
    caller.send(message(INTERESTED))
    have = set()
    unchoked = False
    caller.socket.settimeout(10)
    while not (unchoked and have):  # until it may ask, and for what
        kind, payload = caller.receive()
        if kind == BITFIELD:
            have = {i for i in range(len(payload) * 8) if payload[i // 8] & 0x80 >> i % 8}
        elif kind == HAVE:
            have.add(struct.unpack(">I", payload)[0])
        elif kind == UNCHOKE:
            unchoked = True
    flood = b"".join(message(REQUEST, number(piece, begin, BLOCK))
                     for piece in sorted(have) for begin in range(0, 65536, BLOCK))
    caller.socket.settimeout(5)
    sent = 0
    try:
        while sent < 64 * MIB and caller.send(flood * 100):
            sent += len(flood) * 100
    except TimeoutError:
        raise Failure("who only asks and never reads is neither served nor closed")
    check(sent < 64 * MIB, "the flood never ends")
    busy.completes()


@case("Hostile.ABadDiskIsNobodysFault", "quick")
def bad_disk(lab):
    for name, piece_length in (("small", 64 * 1024), ("large", 2 * MIB)):
        torrent = make_payload(lab.path(f"seed-{name}"), (f"{name}.bin", piece_length, 6 * MIB))
        places = [("10.77.1.4", 7104), ("10.77.1.5", 7105)]
        tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=places)
        source = torrent.write(lab.folder / f"{name}.torrent", tracker.url)
        seeders = [Seeder(lab, torrent, *place) for place in places]
        limited = lab.start("bt", "bash", "-c", 'trap "" XFSZ; ulimit -f 3000; exec "$0" "$@"', BT,
                            "-v", "-d", lab.path(f"out-{name}"), source)
        same(limited.wait(30), 17, "exit status")
        check("banned" not in limited.err + limited.out, "a peer was banned for our disk")
        for server in (*seeders, tracker):
            server.close()
