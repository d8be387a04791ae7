"""Trackers and name servers that follow a script, beside those of peers.py: byte by byte what an honest
server never says.
"""
import socket
import struct
import subprocess
import threading

from harness import pause
from peers import Server
from torrents import bencode


def add_address(address):
    """Makes the address one of this namespace: so a case can have a host on the Internet."""
    subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)


def compact(places):
    return b"".join(socket.inet_aton(a) + struct.pack(">H", p) for a, p in places)


def reply(peers=(), **more):
    return bencode({"interval": 1800, "peers": compact(peers), **more})


def http(body, head="HTTP/1.1 200 OK", **fields):
    """A whole answer; a field of None is left out."""
    fields = {"Content-Length": len(body), **{k.replace("_", "-"): v for k, v in fields.items()}}
    lines = [head] + [f"{k}: {v}" for k, v in fields.items() if v is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class RawTracker(Server):
    """Answers a request with what script(target) gives: bytes, or chunks of them one after the other.
    It keeps the connection until the other side closes it."""

    def __init__(self, lab, address, port, script, path="/announce"):
        self.script = script if callable(script) else lambda _: script
        self.targets = []
        self.ended = 0  # connections that are over
        super().__init__(lab, address, port)
        self.base = f"http://{address}:{port}"
        self.url = self.base + path

    def events(self):
        return [t.split("&event=")[1].split("&")[0] if "&event=" in t else "" for t in self.targets]

    def serve(self, connection):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(4096)
                if not more:
                    return
                head += more
            target = head.split(b" ")[1].decode("latin-1")
            self.targets.append(target)
            answer = self.script(target)
            for part in [answer] if isinstance(answer, bytes) else answer:
                connection.sendall(part)
            while connection.recv(4096):
                pass
        finally:
            self.ended += 1


class DatagramServer:
    """Answers datagrams in a thread by script(packet), a list of datagrams."""

    def __init__(self, lab, address, port, script):
        self.packets = []
        self.script = script
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.url = f"udp://{address}:{port}/announce"
        lab.closing.append(self.close)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                packet, place = self.socket.recvfrom(65536)
                self.packets.append(packet)
                for answer in self.script(packet):
                    self.socket.sendto(answer, place)
            except OSError:
                return

    def close(self):
        self.socket.close()


def silent(_):
    return []


def udp_connected(packet):
    return struct.pack(">I", 0) + packet[12:16] + b"connect!"


def udp_announced(packet, peers, interval=1800):
    return struct.pack(">I", 1) + packet[12:16] + struct.pack(">III", interval, 0, 1) + compact(peers)


def is_connect(packet):
    return packet[8:12] == bytes(4)


class NameServer(DatagramServer):
    """The only one that programs of this case ask. Every name has the address; with None it is mute."""

    def __init__(self, lab, address):
        self.answer = address
        super().__init__(lab, "10.77.0.53", 53, self.reply)
        for name, line in (("resolv.conf", "nameserver 10.77.0.53\noptions timeout:30 attempts:5\n"),
                           ("nsswitch.conf", "hosts: files dns\n")):
            path = lab.folder / name
            path.write_text(line)
            subprocess.run(["mount", "--bind", path, f"/etc/{name}"], check=True)
            lab.closing.append(lambda n=name: subprocess.run(["umount", f"/etc/{n}"], check=False))

    def reply(self, query):
        if self.answer is None:
            return []
        end = query.index(b"\0", 12) + 5  # of the question
        is_a = query[end - 4:end - 2] == b"\0\x01"
        head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_a), 0, 0) + query[12:end]
        record = b"\xc0\x0c\0\x01\0\x01" + struct.pack(">IH", 60, 4) + socket.inet_aton(self.answer)
        return [head + record if is_a else head]


def dribble(data, seconds):
    """A byte at a time."""
    for i in range(len(data)):
        yield data[i:i + 1]
        pause(seconds)


def without_end(head, part):
    yield head
    while True:
        yield part
