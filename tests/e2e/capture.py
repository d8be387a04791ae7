"""Who sends what to whom in a namespace, packet by packet: to show that something is never sent."""
import socket
import struct
from dataclasses import dataclass

from harness import check

ALL_PROTOCOLS = 0x0003
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
LOCAL_GROUPS = ("239.192.152.143", "ff15::efc0:988f")
LOCAL_PORT = 6771


@dataclass(frozen=True)
class Packet:
    protocol: str  # udp, tcp or a number
    source: str
    source_port: int
    target: str
    target_port: int
    payload: bytes  # of datagrams only

    def is_local_discovery(self):
        return self.protocol == "udp" and self.target_port == LOCAL_PORT

    def is_dht(self):
        """A message of the DHT: a dictionary with a transaction in it."""
        return self.protocol == "udp" and self.payload[:1] == b"d" and b"1:t" in self.payload

    def is_look_up(self):
        return self.target_port == 53


class Capture:
    """Begins when it is made. What has come is read when it is asked for."""

    def __init__(self, lab):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
        self.socket.setblocking(False)
        self.read = []
        self.streams = set()
        lab.closing.append(self.socket.close)

    def packets(self):
        """All of them so far; of TCP the first of each direction. Those that pass several devices are
        there as often."""
        while True:
            try:
                data, (_, protocol, *_) = self.socket.recvfrom(1 << 17)
            except BlockingIOError:
                break
            packet = parse(protocol, data)
            if packet and packet not in self.streams:
                self.read.append(packet)
                if packet.protocol == "tcp":
                    self.streams.add(packet)
        _, lost = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        check(lost == 0, f"{lost} packets were lost")
        return self.read

    def some(self, condition):
        return [packet for packet in self.packets() if condition(packet)]


def parse(protocol, data):
    """Nothing of what is neither IPv4 nor IPv6."""
    if protocol == 0x0800:
        kind, begin = data[9], (data[0] & 15) * 4
        source, target = (socket.inet_ntoa(data[i:i + 4]) for i in (12, 16))
        data = data[:struct.unpack(">H", data[2:4])[0] or len(data)]
    elif protocol == 0x86DD:
        kind, begin = data[6], 40
        source, target = (socket.inet_ntop(socket.AF_INET6, data[i:i + 16]) for i in (8, 24))
    else:
        return None
    if kind not in (socket.IPPROTO_UDP, socket.IPPROTO_TCP):
        return Packet(str(kind), source, 0, target, 0, data[begin:])
    ports = struct.unpack(">HH", data[begin:begin + 4])
    if kind == socket.IPPROTO_TCP:
        return Packet("tcp", source, ports[0], target, ports[1], b"")
    return Packet("udp", source, ports[0], target, ports[1], data[begin + 8:])
