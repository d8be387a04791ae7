"""What bt says of torrents: the same as libtorrent, and one plain line of those that are broken."""
import hashlib
import json
import random

from cases import case
from clients import libtorrent_info
from harness import check, same
from torrents import PAYLOADS, Torrent, bencode, make_payload

URL = "http://10.77.0.1:6969/announce"


def sample_torrents(lab):
    """(torrent file, has one file) of many kinds; payloads are not needed."""
    folder = lab.path("torrents")
    hashes = hashlib.sha1(b"").digest()

    def write(name, info, *trackers, **extra):
        path = folder / f"{name}.torrent"
        return Torrent(info["name"], info, folder, 0, extra).write(path, *trackers)

    for shape in PAYLOADS:
        torrent = make_payload(lab.path("payload"), shape)
        yield torrent.write(folder / f"{shape}.torrent", URL, "udp://10.77.0.1:6969/announce")
    one = {"piece length": 32768, "length": 40000, "pieces": hashes * 2}
    yield write("no trackers", {"name": "plain.bin", **one})
    yield write("name with a key", {"name": "a4:infod6:lengthi5ee", **one}, URL)
    yield write("unicode", {"name": "Ünïcødé 文件 😀.bin", **one}, URL)
    yield write("private", {"name": "closed.bin", "private": 1, **one}, URL)
    yield write("remarks", {"name": "x.bin", **one}, URL, comment="line one, ü",
                **{"created by": "somebody 1.0", "creation date": 1234567890})
    yield write("web seed", {"name": "x.bin", **one}, URL, **{"url-list": ["http://10.77.0.1/x"]})
    yield write("unknown keys", {"name": "x.bin", "source": "there", "zz": [1, {"a": []}], **one},
                URL, azureus_properties={"dht_backup_enable": 1})
    yield write("large", {"name": "huge.bin", "piece length": 1 << 24, "length": 5 << 40,
                          "pieces": hashes * (5 << 16)}, URL)
    yield write("one file in a folder", {"name": "folder", "piece length": 32768, "pieces": hashes,
                                         "files": [{"length": 7, "path": ["only.bin"]}]}, URL)


@case("Info.AgreesWithLibtorrent", "quick", seconds=120)
def agrees(lab):
    for path in sample_torrents(lab):
        wanted = libtorrent_info(lab, path)
        run = lab.run_bt("info", "--json", path)
        same(run.code, 0, f"exit status for {path.name}")
        got = json.loads(run.out)
        for key in ("name", "info_hash", "length", "piece_length", "pieces", "private", "comment",
                    "created_by", "web_seeds", "trackers"):
            same(got[key], wanted[key], f"{key} of {path.name}")
        multiple = len(wanted["files"]) > 1 or "/" in wanted["files"][0][0]
        same([[f["path"], f["length"]] for f in got["files"]], wanted["files"],
             f"files of {path.name}, {'several' if multiple else 'one'}")
        plain = lab.run_bt("info", path)
        same(plain.code, 0, f"exit status of the plain listing of {path.name}")
        check(wanted["info_hash"] in plain.out, f"no info-hash in the listing of {path.name}")


def broken_torrents():
    """(name, bytes, exit codes that fit)"""
    info = {"name": "x.bin", "piece length": 16384, "length": 20000, "pieces": b"h" * 40}
    sound = bencode({"announce": URL, "info": info})

    def with_info(**changes):
        return bencode({"announce": URL, "info": {k: v for k, v in {**info, **changes}.items()
                                                  if v is not None}})

    yield "empty", b"", (25,)
    for length in range(1, len(sound), 7):
        yield f"cut at {length}", sound[:length], (25,)
    yield "nested too deep", b"l" * 200_000, (25,)
    yield "nested too deep, closed", b"d1:a" + b"l" * 100_000 + b"e" * 100_000 + b"e", (25,)
    yield "a number too large", b"d4:infod6:lengthi99999999999999999999999eee", (25, 26)
    yield "a string longer than the file", b"d4:info99999999999:x", (25,)
    yield "a negative string", b"d4:info-5:xe", (25,)
    yield "a list", b"l4:spame", (26,)
    yield "a number", b"i5e", (26,)
    yield "no info", bencode({"announce": URL}), (26,)
    yield "info is a string", bencode({"info": "x"}), (26,)
    yield "no pieces", with_info(pieces=None), (26,)
    yield "pieces of a half", with_info(pieces=b"h" * 30), (26,)
    yield "too few pieces", with_info(pieces=b"h" * 20), (26,)
    yield "too many pieces", with_info(pieces=b"h" * 60), (26,)
    yield "no piece length", with_info(**{"piece length": None}), (26,)
    yield "piece length zero", with_info(**{"piece length": 0}), (26,)
    yield "piece length negative", with_info(**{"piece length": -1}), (26,)
    yield "piece length huge", with_info(**{"piece length": 1 << 62}), (26,)
    yield "length negative", with_info(length=-1), (26,)
    yield "length overflows", with_info(
        length=None, files=[{"length": (1 << 63) - 1, "path": ["a"]},
                            {"length": (1 << 63) - 1, "path": ["b"]}]), (26,)
    yield "no length and no files", with_info(length=None), (26,)
    yield "files is a number", with_info(length=None, files=5), (26,)
    yield "no name", with_info(name=None), (26,)
    yield "an empty path", with_info(length=None, files=[{"length": 20000, "path": []}]), (26,)
    yield "a file without a path", with_info(length=None, files=[{"length": 20000}]), (26,)


@case("Info.BrokenTorrentsGetOneLine", "quick", seconds=240)
def broken(lab):
    path = lab.folder / "broken.torrent"
    for name, data, codes in broken_torrents():
        path.write_bytes(data)
        for arguments in (["info", path], ["-d", lab.path("out"), path]):
            run = lab.run_bt(*arguments, timeout=20)
            check(run.code in codes, f"{name}: exit status {run.code}, not {codes}")
            lines = run.err.strip().split("\n")
            check(len(lines) == 1 and 0 < len(lines[0]) < 300, f"{name}: {lines}")
            same(run.out, "", f"{name}: standard output")
            lab.processes.remove(run)
    same(list(lab.path("out").iterdir()), [], "what is in the folder")


@case("Info.RandomDamageNeverCrashes", "nightly", seconds=1200)
def mutated(lab):
    sound = next(sample_torrents(lab)).read_bytes()
    path = lab.folder / "mutated.torrent"
    for seed in range(2000):
        rng = random.Random(seed)
        data = bytearray(sound)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(min(len(data), 400))] = rng.randrange(256)
        path.write_bytes(data)
        run = lab.run_bt("info", path, timeout=20)
        check(run.code in (0, 25, 26), f"seed {seed}: exit status {run.code}")
        lab.processes.remove(run)


@case("Info.HostileNamesStayInTheFolder", "quick")
def hostile_names(lab):
    hashes = hashlib.sha1(b"x" * 10).digest()
    parts = ["..", "../../../escape", "/etc/escape", "a\x00b", "a\nb", "\x1b[31mred", ".", "",
             "a" * 300, "C:\\escape"]
    info = {"name": "../../evil", "piece length": 16384, "pieces": hashes,
            "files": [{"length": 1, "path": [part, "f"]} for part in parts]}
    path = lab.folder / "evil.torrent"
    path.write_bytes(bencode({"announce": URL, "info": info}))
    run = lab.run_bt("info", "--json", path)
    if run.code == 26:  # refusing it is as good
        return
    same(run.code, 0, "exit status")
    for file in json.loads(run.out)["files"]:
        steps = file["path"].split("/")
        check(not {"", ".", ".."} & set(steps), f"a path that leaves the folder: {file['path']!r}")
        check(all(len(s.encode()) <= 255 for s in steps), f"a name too long: {file['path']!r}")
        check(not any(ord(c) < 32 for c in file["path"]), f"control bytes: {file['path']!r}")
    plain = lab.run_bt("info", path)
    check("\x1b" not in plain.out + plain.err, "an escape sequence reached the terminal")
