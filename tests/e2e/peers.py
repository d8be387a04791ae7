"""Peers and trackers that follow a script, in threads of the test itself: what no real client can be
made to do. They hold, lie, count and hang exactly where a case wants it.
"""
import http.server
import socket
import struct
import threading
import time
import urllib.parse

from torrents import bencode

CHOKE, UNCHOKE, INTERESTED, HAVE, BITFIELD, REQUEST, PIECE, CANCEL = 0, 1, 2, 4, 5, 6, 7, 8
NOT_INTERESTED, SUGGEST, HAVE_ALL, HAVE_NONE, REJECT, ALLOWED_FAST, EXTENDED = 3, 13, 14, 15, 16, 17, 20
BLOCK = 16 * 1024
FAST_AND_EXTENDED = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04])


class Closed(Exception):
    pass


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise Closed
        data += more
    return data


def message(kind, payload=b""):
    return struct.pack(">IB", len(payload) + 1, kind) + payload


def hello(info_hash, name, reserved=bytes(8)):
    identity = f"-E2{name}-".encode().ljust(20, b"x")[:20]
    return b"\x13BitTorrent protocol" + reserved + info_hash + identity


class Caller:
    """Connects to bt from an address of choice and says what it is told to."""

    def __init__(self, lab, address, place, info_hash=None, name=None, reserved=bytes(8)):
        self.socket = socket.create_connection(place, timeout=10, source_address=(address, 0))
        lab.closing.append(self.close)
        if info_hash:
            self.send(hello(info_hash, name or address, reserved))

    def close(self):
        self.socket.close()

    def send(self, data):
        """False if the other side has closed."""
        try:
            self.socket.sendall(data)
            return True
        except TimeoutError:
            raise
        except OSError:
            return False

    def read(self, count):
        return read_exactly(self.socket, count)

    def receive(self):
        """The next message but keep-alives: (id, payload)."""
        while True:
            (length,) = struct.unpack(">I", self.read(4))
            if length > 0:
                body = self.read(length)
                return body[0], body[1:]

    def closed_within(self, seconds):
        """Reads and forgets until the other side closes; False if it does not in time."""
        self.socket.settimeout(0.05)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if not self.socket.recv(1 << 16):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
        return False


class Server:
    """Accepts connections in a thread and serves each in one of its own, until closed."""

    def __init__(self, lab, address, port):
        self.place = (address, port)
        self.lock = threading.Lock()
        self.connections = []
        self.addresses = set()
        self.listener = socket.create_server((address, port))
        lab.closing.append(self.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, place = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections.append(connection)
                self.addresses.add(place[0])
            threading.Thread(target=self.guard, args=(connection,), daemon=True).start()

    def guard(self, connection):
        try:
            self.serve(connection)
        except (Closed, OSError):
            pass
        finally:
            connection.close()

    def met(self, address):
        """Somebody from there has connected."""
        with self.lock:
            return address in self.addresses

    def close(self):
        """Stops listening and cuts every connection."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def serve(self, connection):
        raise NotImplementedError


class SilentServer(Server):
    """Accepts, reads and never answers: a hung tracker, a mute peer."""

    def serve(self, connection):
        self.reached = True
        while connection.recv(4096):
            pass

    reached = False


class Seeder(Server):
    """A seed that counts what it serves, and can hold or lie.

    hold_after: serves this many blocks, then none until release() is called
    lie: serves blocks of wrong bytes
    pieces: the pieces that it says it has; all if None
    """

    reserved = bytes(8)

    def __init__(self, lab, torrent, address, port, hold_after=None, lie=False, pieces=None):
        self.torrent = torrent
        self.data = torrent.read_all()
        self.hold_after = hold_after
        self.lie = lie
        self.pieces = pieces
        self.served = []  # (piece, begin, length)
        self.hellos = []  # the reserved bytes of others
        self.released = threading.Event()
        super().__init__(lab, address, port)

    @property
    def served_bytes(self):
        with self.lock:
            return sum(length for _, _, length in self.served)

    def whole_pieces(self):
        """The pieces of which every byte was served."""
        got = {}
        with self.lock:
            for piece, begin, length in set(self.served):
                got[piece] = got.get(piece, 0) + length
        return {p for p, n in got.items() if n == self.piece_size(p)}

    def piece_size(self, piece):
        size = self.torrent.piece_length
        return min(size, self.torrent.length - piece * size)

    def holding(self):
        return self.hold_after is not None and len(self.served) >= self.hold_after

    def release(self):
        self.released.set()

    def serve(self, connection):
        hello = read_exactly(connection, 68)
        if hello[:20] != b"\x13BitTorrent protocol" or hello[28:48] != self.torrent.info_hash:
            return
        self.hellos.append(hello[20:28])
        count = len(self.torrent.info["pieces"]) // 20
        bits = bytearray((count + 7) // 8)
        for piece in range(count) if self.pieces is None else self.pieces:
            bits[piece // 8] |= 0x80 >> piece % 8
        identity = f"-E2{self.place[1]:05d}-".encode().ljust(20, b"x")
        connection.sendall(hello[:20] + self.reserved + self.torrent.info_hash + identity)
        self.begin(connection)
        connection.sendall(message(BITFIELD, bytes(bits)))
        while True:
            (length,) = struct.unpack(">I", read_exactly(connection, 4))
            if length > 0:
                body = read_exactly(connection, length)
                self.hear(connection, body[0], body[1:])

    def begin(self, connection):
        """What is to be said ahead of the bitfield."""

    def hear(self, connection, kind, payload):
        if kind == INTERESTED:
            connection.sendall(message(UNCHOKE))
        elif kind == REQUEST:
            self.answer(connection, *struct.unpack(">III", payload[:12]))

    def answer(self, connection, piece, begin, length):
        with self.lock:
            hold = self.holding()
        if hold:
            self.released.wait()
        start = piece * self.torrent.piece_length + begin
        block = self.data[start:start + length]
        if self.lie:
            block = bytes(b ^ 0xFF for b in block)
        connection.sendall(message(PIECE, struct.pack(">II", piece, begin) + block))
        with self.lock:
            self.served.append((piece, begin, length))


class HttpServer:
    """Answers GET requests in threads, by a function of the path: (status, body)."""

    def __init__(self, lab, address, port, answer):
        outer = self
        self.answered = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                    self.connection.shutdown(socket.SHUT_WR)
                    self.connection.settimeout(5)
                    self.rfile.read(1)  # until whoever asked has read it all and closed
                except OSError:  # whoever asked has gone
                    pass
                outer.answered += 1

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.base = f"http://{address}:{port}"
        lab.closing.append(self.close)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class HttpTracker(HttpServer):
    """An HTTP tracker with a fixed list of peers; it keeps the query of every announce."""

    def __init__(self, lab, address, port, peers=(), failure=None, interval=1800):
        self.announces = []
        self.peers = list(peers)
        self.failure = failure
        self.interval = interval
        super().__init__(lab, address, port, self.announce)
        self.url = self.base + "/announce"

    def announce(self, path):
        query = urllib.parse.urlsplit(path).query
        self.announces.append(dict(urllib.parse.parse_qsl(query, encoding="latin-1")))
        if self.failure:
            return 200, bencode({"failure reason": self.failure})
        return 200, bencode({
            "interval": self.interval,
            "peers": b"".join(socket.inet_aton(a) + struct.pack(">H", p) for a, p in self.peers)})

    def events(self):
        return [a.get("event", "") for a in self.announces]
