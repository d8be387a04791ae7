"""A small network: hosts in network namespaces of their own, joined by a bridge to the case's."""
import subprocess
from pathlib import Path

from harness import BT, until

BRIDGE = "192.168.77.254"


def ip(command, *before):
    subprocess.run([*before, "ip", *command.split()], check=True)


class Bridge:
    """Reaches what listens in the case's own namespace, too."""

    def __init__(self, lab):
        self.lab = lab
        self.hosts = 0
        # Of its own accord it has the lowest address of its ports: another one with each host.
        ip("link add br0 address 02:00:00:00:77:01 type bridge mcast_snooping 0")
        ip(f"addr add {BRIDGE}/24 dev br0")
        ip("link set br0 up")

    def host(self):
        self.hosts += 1
        return Host(self.lab, self.hosts)


class Host:
    def __init__(self, lab, number):
        self.lab = lab
        self.address = f"192.168.77.{number}"
        self.holder = lab.start(f"host{number}", "unshare", "--net", "sleep", "infinity")
        self.namespace = Path(f"/proc/{self.holder.pid}/ns/net")
        own = Path("/proc/self/ns/net").readlink()
        until(lambda: self.namespace.readlink() != own, 10, "a namespace")
        self.inside = ("nsenter", f"--net={self.namespace}")
        ip(f"link add port{number} type veth peer name eth0 netns {self.holder.pid}")
        ip(f"link set port{number} master br0 up")
        for command in ("link set lo up", f"addr add {self.address}/24 dev eth0",
                        "link set eth0 up", f"route add default via {BRIDGE}"):
            ip(command, *self.inside)
        subprocess.run([*self.inside, "sh", "-c",
                        "echo reno >/proc/sys/net/ipv4/tcp_congestion_control"], check=True)

    def start(self, name, *argv, **options):
        return self.lab.start(name, *self.inside, *argv, **options)

    def bt(self, *arguments, **options):
        return self.start("bt", BT, *arguments, **options)
