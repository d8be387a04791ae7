"""Two hundred hostile peers of a dozen kinds beside two honest seeders: the download completes, and the
memory stays within a bound."""
import os
import socket
import struct
import threading
import time
from pathlib import Path

from cases import case
from harness import BT, Failure, check, pause, same
from peers import (ALLOWED_FAST, BITFIELD, BLOCK, CHOKE, EXTENDED, FAST_AND_EXTENDED, HAVE, HAVE_ALL,
                   HAVE_NONE, INTERESTED, NOT_INTERESTED, PIECE, REQUEST, UNCHOKE, HttpTracker, Seeder, Server, hello,
                   message, read_exactly)
from torrents import MIB, check_only, make_payload

SHAPE = ("film.bin", 4 * MIB, 48 * MIB)
HONEST = [("10.77.1.1", 7101), ("10.77.1.2", 7102)]
CROWD_PORT = 7200
CROWD = [(f"10.77.{2 + i // 100}.{1 + i % 100}", CROWD_PORT) for i in range(200)]
MOST = 64 * MIB  # above what the same download takes among friends


class SlowSeeder(Seeder):
    """An honest one with a line of its own, so that the others have their time."""

    def answer(self, connection, piece, begin, length):
        super().answer(connection, piece, begin, length)
        pause(0.004)


def number(*values):
    return b"".join(struct.pack(">I", value) for value in values)


class Crowd(Server):
    """Listens at all addresses at once; each has a kind, by its number."""

    def __init__(self, lab, torrent, port):
        self.torrent = torrent
        self.data = torrent.read_all()
        self.count = len(torrent.info["pieces"]) // 20
        self.ended = threading.Event()
        self.reached = {}  # kind -> connections
        super().__init__(lab, "0.0.0.0", port)

    KINDS = ("giant", "long_extended", "asks_and_never_reads", "never_reads", "tells_of_pieces",
             "garbage", "dribbles", "extended_flood", "keeps_back", "changes_its_mind", "mute",
             "promises", "unknown_messages")

    def serve(self, connection):
        parts = [int(p) for p in connection.getsockname()[0].split(".")]
        kind = self.KINDS[(parts[2] * 100 + parts[3]) % len(self.KINDS)]
        with self.lock:
            self.reached[kind] = self.reached.get(kind, 0) + 1
        if kind != "dribbles":
            read_exactly(connection, 68)
            connection.sendall(hello(self.torrent.info_hash, "%03d%03d" % (parts[2], parts[3]),
                                     FAST_AND_EXTENDED))
        getattr(self, kind)(connection)

    def repeat(self, connection, words, seconds=0.05):
        """For ever, at some MB/s, so that the machine of the test can follow."""
        while not self.ended.is_set():
            connection.sendall(words)
            pause(seconds)

    def linger(self, connection):
        self.ended.wait()

    def swallow(self, connection):
        while connection.recv(65536):
            pass

    def whole(self):
        bits = bytearray((self.count + 7) // 8)
        for piece in range(self.count):
            bits[piece // 8] |= 0x80 >> piece % 8
        return message(BITFIELD, bytes(bits))

    def giant(self, connection):
        connection.sendall(b"\xff\xff\xff\xff")
        self.repeat(connection, bytes(65536))

    def long_extended(self, connection):
        connection.sendall(number(64 * 1024) + bytes([EXTENDED, 0]) + b"d" * 65_000)
        self.linger(connection)

    def asks_and_never_reads(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(message(HAVE_NONE) + message(INTERESTED))
        asks = b"".join(message(REQUEST, number(piece, begin, BLOCK))
                        for piece in range(self.count) for begin in range(0, 4 * MIB, 16 * BLOCK))
        pause(1.5)  # until bt has something
        self.repeat(connection, asks)

    def never_reads(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(message(HAVE_ALL) + message(UNCHOKE) + message(INTERESTED))
        self.linger(connection)

    def tells_of_pieces(self, connection):
        haves = b"".join(message(HAVE, number(i % self.count)) for i in range(8000))
        self.repeat(connection, haves)

    def garbage(self, connection):
        connection.sendall(self.whole() + os.urandom(65536))
        self.linger(connection)

    def dribbles(self, connection):
        for byte in hello(self.torrent.info_hash, "slow"):
            connection.sendall(bytes([byte]))
            pause(1)

    def extended_flood(self, connection):
        words = message(EXTENDED, b"\0d1:md6:ut_pexi1ee4:reqqi2000e1:v60000:" + b"v" * 60000 + b"e")
        self.repeat(connection, words * 4)

    def keeps_back(self, connection):
        """Serves all but the first block of every piece."""
        connection.sendall(self.whole() + message(UNCHOKE))
        while True:
            (length,) = struct.unpack(">I", read_exactly(connection, 4))
            body = read_exactly(connection, length)
            if length < 13 or body[0] != REQUEST:
                continue
            piece, begin, size = struct.unpack(">III", body[1:13])
            at = piece * self.torrent.piece_length + begin
            if begin > 0:
                connection.sendall(message(PIECE, body[1:9] + self.data[at:at + size]))

    def changes_its_mind(self, connection):
        connection.sendall(message(HAVE_ALL))
        threading.Thread(target=self.swallow_quietly, args=(connection,), daemon=True).start()
        words = message(UNCHOKE) + message(CHOKE) + message(INTERESTED) + message(NOT_INTERESTED)
        self.repeat(connection, words * 1000)

    def swallow_quietly(self, connection):
        try:
            self.swallow(connection)
        except OSError:
            pass

    def mute(self, connection):
        self.swallow(connection)

    def promises(self, connection):
        fast = b"".join(message(ALLOWED_FAST, number(i)) for i in range(self.count))
        connection.sendall(message(HAVE_ALL) + fast + message(UNCHOKE))
        self.swallow(connection)

    def unknown_messages(self, connection):
        self.repeat(connection, message(0x63, bytes(60_000)) * 4)

    def close(self):
        self.ended.set()
        super().close()


def peak(pid):
    """Bytes of memory that the process had at most; 0 if it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def sanitized():
    return b"__asan_init" in Path(BT).read_bytes()


def download(lab, torrent, source, out, timeout):
    process = lab.bt("--max-peers", "210", "-d", lab.path(out), source)
    most = 0
    deadline = time.monotonic() + timeout
    while process.running():
        most = max(most, peak(process.pid))
        if time.monotonic() > deadline:
            raise Failure(f"not complete within {timeout} s")
        pause(0.01)
    same(process.wait(), 0, "exit status")
    check_only(torrent, lab.path(out))
    return most


@case("Hostile.TwoHundredPeersStayWithinTheirMemory", "quick", "alone", seconds=120)
def crowd(lab):
    torrent = make_payload(lab.path("seed"), SHAPE)
    for place in HONEST:
        SlowSeeder(lab, torrent, *place)
    friends = HttpTracker(lab, "10.77.0.1", 6969, peers=HONEST)
    everybody = HttpTracker(lab, "10.77.0.1", 6970, peers=HONEST + CROWD)
    idle = download(lab, torrent, torrent.write(lab.folder / "a.torrent", friends.url), "a", 40)
    hostile = Crowd(lab, torrent, CROWD_PORT)
    began = time.monotonic()
    most = download(lab, torrent, torrent.write(lab.folder / "b.torrent", everybody.url), "b", 70)
    took = time.monotonic() - began
    print(f"among friends {idle / MIB:.1f} MiB, among 200 hostile peers {most / MIB:.1f} MiB, "
          f"{took:.1f} s, {sum(hostile.reached.values())} connections")
    check(len(hostile.reached) == len(Crowd.KINDS), f"only these were reached: {hostile.reached}")
    if not sanitized():
        check(most <= idle + MOST, f"{most / MIB:.1f} MiB, alone {idle / MIB:.1f} MiB")
