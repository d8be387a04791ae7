"""Payloads that are the same everywhere, torrents made of them, and the comparison of trees."""
import hashlib
import random
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from harness import Failure, check

KIB = 1 << 10
MIB = 1 << 20


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, (list, tuple)):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    items = sorted((k.encode() if isinstance(k, str) else k, v) for k, v in value.items())
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in items) + b"e"


def bdecode(data):
    """The value of a whole bencoded string of bytes; keys are bytes. For answers of trackers."""
    def value(at):
        kind = data[at:at + 1]
        if kind == b"i":
            end = data.index(b"e", at)
            return int(data[at + 1:end]), end + 1
        if kind in (b"l", b"d"):
            items, at = [], at + 1
            while data[at:at + 1] != b"e":
                item, at = value(at)
                items.append(item)
            if kind == b"d":
                return dict(zip(items[::2], items[1::2])), at + 1
            return items, at + 1
        colon = data.index(b":", at)
        end = colon + 1 + int(data[at:colon])
        return data[colon + 1:end], end

    return value(0)[0]


# Shapes of payloads: name of the torrent, piece length, files. One string instead of a list is one file.
PAYLOADS = {
    "single": ("film.bin", 64 * KIB, 5 * MIB + 12345),
    "tree": ("album", 32 * KIB, [
        ("empty first", 0), ("a.bin", 1), ("one/two/b.bin", 300 * KIB), ("one/nothing", 0),
        ("one/two/three/c.bin", 16 * KIB), ("x", 1), ("y", 1), ("grüße.txt", 3 * KIB + 7),
        ("z/last.bin", 2 * MIB + 1), ("z/empty last", 0)]),
    # every piece of 64 KiB touches four files or more
    "spanning": ("crumbs", 64 * KIB, [(f"{i:03d}.bin", 13 * KIB + i) for i in range(120)]),
    # a piece length that is no multiple of a block
    "odd": ("odd", 3 * 16 * KIB + 5000, [("one.bin", 1 * MIB + 3), ("two.bin", 777_777)]),
    "large": ("large.bin", 256 * KIB, 48 * MIB),
}


@dataclass
class Torrent:
    name: str
    info: dict
    folder: Path  # where the payload lies
    length: int
    extra: dict = field(default_factory=dict)

    @property
    def info_hash(self):
        return hashlib.sha1(bencode(self.info)).digest()

    @property
    def hex(self):
        return self.info_hash.hex()

    @property
    def payload(self):
        return self.folder / self.name

    @property
    def piece_length(self):
        return self.info["piece length"]

    def read_all(self):
        """The payload as one run of bytes, in the torrent's order."""
        if "length" in self.info:
            return self.payload.read_bytes()
        return b"".join(self.payload.joinpath(*f["path"]).read_bytes() for f in self.info["files"])

    def write(self, path, *trackers):
        """The .torrent with these trackers, each in a tier of its own."""
        content = {**self.extra, "info": self.info}
        if trackers:
            content["announce"] = trackers[0]
        if len(trackers) > 1:
            content["announce-list"] = [[t] for t in trackers]
        path.write_bytes(bencode(content))
        return path

    def magnet(self, *trackers):
        return (f"magnet:?xt=urn:btih:{self.hex}&dn={urllib.parse.quote(self.name)}" +
                "".join("&tr=" + urllib.parse.quote(t, safe="") for t in trackers))


def make_payload(folder, shape, seed=1, name=None):
    """Writes the payload of a shape of PAYLOADS below folder and returns its torrent."""
    if isinstance(shape, str):
        shape = PAYLOADS[shape]
    own_name, piece_length, files = shape
    name = name or own_name
    rng = random.Random(f"{name} {seed}")
    info = {"name": name, "piece length": piece_length}
    content = b""
    if isinstance(files, int):
        content = rng.randbytes(files)
        info["length"] = files
        (folder / name).write_bytes(content)
    else:
        info["files"] = []
        for path, size in files:
            data = rng.randbytes(size)
            content += data
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            info["files"].append({"length": size, "path": path.split("/")})
    info["pieces"] = b"".join(hashlib.sha1(content[i:i + piece_length]).digest()
                              for i in range(0, len(content), piece_length))
    return Torrent(name, info, folder, len(content))


def tree(path):
    """Relative path -> (size, SHA-256) of every file below path, or of the one file."""
    if not path.exists():
        raise Failure(f"{path} is not there")
    files = [path] if path.is_file() else [p for p in sorted(path.rglob("*")) if not p.is_dir()]
    return {p.relative_to(path).as_posix(): (p.stat().st_size,
                                             hashlib.sha256(p.read_bytes()).hexdigest())
            for p in files}


def check_same_tree(torrent, folder):
    """The folder holds the payload of the torrent, and below its name nothing else."""
    wanted, got = tree(torrent.payload), tree(folder / torrent.name)
    check(wanted == got,
          f"the trees differ: missing {sorted(wanted.keys() - got.keys())}, "
          f"not wanted {sorted(got.keys() - wanted.keys())}, "
          f"other {sorted(k for k in wanted.keys() & got.keys() if wanted[k] != got[k])}")


def check_only(torrent, folder):
    """Nothing but the payload is left in the folder."""
    check_same_tree(torrent, folder)
    check(sorted(p.name for p in folder.iterdir()) == [torrent.name],
          f"{folder} holds {sorted(p.name for p in folder.iterdir())}")
