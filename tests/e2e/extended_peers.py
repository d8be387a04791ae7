"""Scripted peers that speak BEP 10: a seed that has the metadata, too, and those that lie about it."""
import contextlib
import random
import socket
import struct
import threading

from peers import EXTENDED, Caller, Seeder, message
from torrents import bdecode, bencode

METADATA_PIECE = 16 * 1024
EXTENSIONS_BIT = bytes([0, 0, 0, 0, 0, 0x10, 0, 0])
ASK, DATA, REFUSAL = 0, 1, 2
OURS_METADATA, OURS_PEX = 2, 1  # the ids that we give the messages of others


def padded(torrent, size):
    """Makes the info dictionary so large, or a little more, by a key that nobody knows."""
    torrent.info["zz"] = random.Random(size).randbytes(size - len(bencode(torrent.info)))
    return torrent


def split(data):
    """The bencoded value that data begins with, and what is behind it."""
    end = len(bencode(bdecode(data)))
    return bdecode(data), data[end:]


class MetadataSeeder(Seeder):
    """A seed that has the info dictionary, and tells of peers if told to.

    hold_metadata_after: serves so many pieces of metadata, then none until release_metadata()
    knows: (address, port) of the peers that it tells of

    While it holds it goes on to hear what it is told.
    """

    reserved = EXTENSIONS_BIT

    def __init__(self, lab, torrent, address, port, hold_metadata_after=None, knows=(), **options):
        self.metadata = bencode(torrent.info)
        self.hold_metadata_after = hold_metadata_after
        self.knows = list(knows)
        self.asked = []        # pieces of metadata
        self.handshakes = []   # extended ones of the others
        self.ids = {}          # connection -> the id that it wants metadata messages to have
        self.heard_pex = []    # what the others have told of peers
        self.heard = set()     # kinds of messages
        self.speaking = threading.Lock()
        self.owed, self.owed_metadata = [], []  # what it will answer when it is released
        super().__init__(lab, torrent, address, port, **options)

    def release(self):
        super().release()
        with self.speaking:
            for connection, *request in self.owed:
                with contextlib.suppress(OSError):  # who has gone
                    super().answer(connection, *request)
            self.owed.clear()

    def release_metadata(self):
        with self.speaking:
            self.hold_metadata_after = None
            for connection, piece in self.owed_metadata:
                with contextlib.suppress(OSError):
                    self.answer_metadata(connection, piece)
            self.owed_metadata.clear()

    def answer(self, connection, piece, begin, length):
        if self.holding() and not self.released.is_set():
            self.owed.append((connection, piece, begin, length))
        else:
            super().answer(connection, piece, begin, length)

    def holding_metadata(self):
        return self.hold_metadata_after is not None and len(self.asked) > self.hold_metadata_after

    def size(self):
        return len(self.metadata)

    def say_hello(self):
        return {"m": {"ut_metadata": OURS_METADATA, "ut_pex": OURS_PEX},
                "metadata_size": self.size()}

    def begin(self, connection):
        connection.sendall(message(EXTENDED, b"\0" + bencode(self.say_hello())))

    def hear(self, connection, kind, payload):
        with self.speaking:
            self.take(connection, kind, payload)

    def take(self, connection, kind, payload):
        self.heard.add(kind)
        if kind != EXTENDED:
            super().hear(connection, kind, payload)
        elif payload[0] == 0:
            self.meet(connection, bdecode(payload[1:]))
        elif payload[0] == OURS_PEX:
            self.heard_pex.append(bdecode(payload[1:]))
        elif payload[0] == OURS_METADATA:
            self.hear_metadata(connection, *split(payload[1:]))

    def meet(self, connection, told):
        self.handshakes.append(told)
        self.ids[connection] = told.get(b"m", {}).get(b"ut_metadata", 0)
        pex = told.get(b"m", {}).get(b"ut_pex", 0)
        if self.knows and pex:
            places = b"".join(socket.inet_aton(a) + struct.pack(">H", p) for a, p in self.knows)
            words = {"added": places, "added.f": bytes([0x02] * len(self.knows)), "dropped": b""}
            connection.sendall(message(EXTENDED, bytes([pex]) + bencode(words)))

    def hear_metadata(self, connection, words, _):
        if words[b"msg_type"] == ASK:
            self.asked.append(words[b"piece"])
            if self.holding_metadata():
                self.owed_metadata.append((connection, words[b"piece"]))
            else:
                self.answer_metadata(connection, words[b"piece"])

    def answer_metadata(self, connection, piece):
        self.say_metadata(connection, {"msg_type": DATA, "piece": piece, "total_size": self.size()},
                          self.part(piece))

    def part(self, piece):
        return self.metadata[piece * METADATA_PIECE:(piece + 1) * METADATA_PIECE]

    def say_metadata(self, connection, words, data=b""):
        self.say_extended(connection, bencode(words) + data)

    def say_extended(self, connection, payload):
        connection.sendall(message(EXTENDED, bytes([self.ids[connection]]) + payload))


class MetadataAsker:
    """Connects to a seed and asks it for its metadata."""

    def __init__(self, lab, torrent, address, place):
        self.caller = Caller(lab, address, place, torrent.info_hash, reserved=EXTENSIONS_BIT)
        self.caller.read(68)
        self.say(0, {"m": {"ut_metadata": OURS_METADATA}})
        told = bdecode(self.hear(0))
        self.theirs = told[b"m"][b"ut_metadata"]
        self.size = told[b"metadata_size"]

    def say(self, kind, words):
        self.caller.send(message(EXTENDED, bytes([kind]) + bencode(words)))

    def hear(self, wanted):
        while True:
            kind, payload = self.caller.receive()
            if kind == EXTENDED and payload[0] == wanted:
                return payload[1:]

    def ask(self, piece):
        """The piece, or None if it is refused."""
        self.say(self.theirs, {"msg_type": ASK, "piece": piece})
        words, data = split(self.hear(OURS_METADATA))
        return data if words[b"msg_type"] == DATA else None
