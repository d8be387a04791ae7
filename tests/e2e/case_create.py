"""bt create, bt info and bt verify: what is made is what every client loads, and the same every time."""
import hashlib
import json
import os
import re
import signal

from cases import case
from clients import libtorrent_info
from harness import BT, check, same, until
from screens import bt_on_terminal
from torrents import KIB, MIB, bdecode, bencode, make_payload

TIERS = [["http://10.77.0.1:6969/announce", "udp://10.77.0.1:6969/announce"],
         ["https://tracker.example/announce"]]
WEB_SEED = "http://10.77.0.1/files/"


def create(lab, *arguments, **options):
    run = lab.run_bt("create", *arguments, **options)
    same(run.code, 0, f"exit status of create ({run.err})")
    return run


def paths_in(torrent):
    """The paths of a .torrent's files, joined by '/'."""
    return ["/".join(part.decode(errors="surrogateescape") for part in f[b"path"])
            for f in bdecode(torrent.read_bytes())[b"info"][b"files"]]


def write_files(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode(errors="surrogateescape") * 1000)


@case("Create.EveryRivalLoadsIt", "quick")
def rivals(lab):
    payload = make_payload(lab.path("seed"), "tree")
    path = lab.folder / "x.torrent"
    create(lab, "-o", path, "--tracker", ",".join(TIERS[0]), "--tracker", TIERS[1][0],
           "--web-seed", WEB_SEED, "--private", "--comment", "with ü", "--source", "SITE",
           "--piece-length", "64K", "--date", "1234567890", payload.payload)
    raw = bdecode(path.read_bytes())
    same(raw[b"info"][b"source"], b"SITE", "source")
    same(raw[b"creation date"], 1234567890, "creation date")
    info_hash = hashlib.sha1(bencode(raw[b"info"])).hexdigest()

    seen = libtorrent_info(lab, path)
    seen["trackers"] = [sorted(tier) for tier in seen["trackers"]]  # it shuffles each tier
    wanted = {"name": "album", "info_hash": info_hash, "length": payload.length,
              "piece_length": 64 * KIB, "private": True, "comment": "with ü", "trackers": TIERS,
              "web_seeds": [WEB_SEED]}
    for key, value in wanted.items():
        same(seen[key], value, f"{key} to libtorrent")
    files = {f"album/{p.relative_to(payload.payload)}": p.stat().st_size
             for p in payload.payload.rglob("*") if p.is_file()}
    same(dict(seen["files"]), files, "the files to libtorrent")

    aria2 = lab.start("aria2", "aria2c", "-S", path)
    same(aria2.wait(20), 0, "exit status of aria2c -S")
    check(info_hash in aria2.out and "z/last.bin" in aria2.out, "aria2c -S does not list it")
    transmission = lab.start("transmission", "transmission-show", path)
    same(transmission.wait(20), 0, "exit status of transmission-show")
    for part in (info_hash, "Private torrent", "z/last.bin", TIERS[1][0]):
        check(part in transmission.out, f"transmission-show does not say {part}")
    same(lab.run_bt("verify", "-q", "-d", payload.folder, path).code, 0, "exit status of verify")


@case("Create.OfOneFileIsWhatLibtorrentReads")
def one_file(lab):
    payload = make_payload(lab.path("seed"), "single")
    create(lab, "--tracker", TIERS[0][0], payload.payload)
    seen = libtorrent_info(lab, lab.folder / "film.bin.torrent")
    same(seen["files"], [["film.bin", payload.length]], "the files")
    pieces = -(-payload.length // seen["piece_length"])
    same((seen["pieces"], seen["private"], seen["comment"]), (pieces, False, None), "the rest")


@case("Create.TheSameDataMakesTheSameFile", "quick")
def same_bytes(lab):
    names = ["b/2", "b/1", "ä", "Z", "a b", "a/x", "a-b", ".hidden", "zz\udcff"]
    made = []
    for round, language in enumerate(("C", "C.UTF-8", "de_DE.UTF-8")):
        folder = lab.path(f"round {round}", "data")
        write_files(folder, names if round == 0 else reversed(names))
        out = lab.folder / f"{round}.torrent"
        create(lab, "-q", "-o", out, "--tracker", TIERS[0][0], folder,
               env={"LANG": language, "LC_ALL": language, "TZ": f"UTC{round}"})
        made.append(out.read_bytes())
    check(made[0] == made[1] == made[2], "three torrents of the same data differ")
    check(b"creation date" not in made[0], "a date that nobody asked for")
    same(paths_in(out), [".hidden", "Z", "a/x", "a b", "a-b", "b/1", "b/2", "zz\udcff", "ä"],
         "the order of the files")


@case("Create.LeavesOutWhatItShould")
def left_out(lab):
    folder = lab.path("data")
    write_files(folder, ["keep", "a.tmp", "cache/x", "sub/cache/y", "sub/b.txt", "sub/only/z"])
    lab.path("data", "empty", "below")
    (folder / "link").symlink_to("keep")
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / "pipe")
    own = folder / "own.torrent"
    for _ in range(2):  # of the second time there is one already
        run = create(lab, "--overwrite", "-o", own, "--exclude", "*.tmp", "--exclude", "cache",
                     "--exclude", "sub/only", folder)
        same(paths_in(own), ["keep", "sub/b.txt"], "the files")
    for name in ("link", "loop", "pipe"):
        check(f"left out, not a regular file: {name}" in run.err, f"nothing is said of {name}")


@case("Create.RefusesWhatItCannotRead")
def unreadable(lab):
    for name, target in (("file", "sub/secret"), ("folder", "sub")):
        folder = lab.path(name)
        write_files(folder, ["a", "sub/secret"])
        (folder / target).chmod(0)
        run = lab.start("bt", "setpriv", "--bounding-set=-all", "--inh-caps=-all", BT, "create",
                        "-o", lab.folder / "x.torrent", folder)
        same(run.wait(20), 15, f"exit status with a {name} that may not be read")
        check(target in run.err, f"the {name} is not named: {run.err}")
        check(not (lab.folder / "x.torrent").exists(), "a torrent was made nevertheless")
        (folder / target).chmod(0o755)


def while_it_hashes(lab, disturb):
    """bt create of a large file, with disturb(path) while it reads it."""
    path = lab.path("data") / "large"
    with open(path, "wb") as file:
        file.truncate(512 * MIB)
    out = lab.folder / "x.torrent"
    run = lab.bt("create", "--piece-length", "16M", "-o", out, lab.path("data"))
    while not reads(run.pid, path):  # without a pause: it may be a matter of 100 ms
        check(run.running(), "it ended before it could be disturbed")
    run.send(signal.SIGSTOP)
    disturb(path)
    run.send(signal.SIGCONT)
    code = run.wait(60)
    check("large" in run.err, f"the file is not named: {run.err}")
    check(not out.exists(), "a torrent was made nevertheless")
    return code


def reads(pid, path):
    folder = f"/proc/{pid}/fd"
    try:
        return any(os.readlink(f"{folder}/{name}") == str(path) for name in os.listdir(folder))
    except OSError:  # a descriptor, or all of them, gone meanwhile
        return False


@case("Create.AFileThatChangesMeanwhileIsToldOf", seconds=180)
def changing(lab):
    def grow(path):
        with open(path, "ab") as file:
            file.write(b"more")

    same(while_it_hashes(lab, grow), 17, "exit status with a file that grew")
    same(while_it_hashes(lab, lambda path: os.truncate(path, MIB)), 17,
         "exit status with a file that was cut")
    same(while_it_hashes(lab, lambda path: path.unlink()), 17,
         "exit status with a file that vanished")


@case("Create.TellsHowFarItIsOnEveryCore", seconds=120)
def tells_how_far(lab):
    with open(lab.folder / "large.bin", "wb") as file:
        file.truncate(6 << 30)  # a hole, which costs no disk
    terminal = bt_on_terminal(lab, "create", "-o", "x.torrent", "large.bin", columns=80)
    lines = terminal.see(lambda lines: any("hashing" in line for line in lines), 20, "progress")
    check(re.search(r"large\.bin +hashing \d+%  .*/s", lines[-1]), f"{lines}")
    threads = len(os.listdir(f"/proc/{terminal.pid}/task"))
    check(threads > os.cpu_count(), f"{threads} threads on {os.cpu_count()} cores")
    terminal.send(signal.SIGTERM)
    until(lambda: not terminal.running(), 10, "its end")


@case("Create.ChoosesThePieceLengthBySize", "quick")
def piece_length_by_size(lab):
    for size, wanted in ((0.9 * MIB, 16 * KIB), (31 * MIB, 16 * KIB), (32 * MIB, 32 * KIB),
                         (100 * MIB, 64 * KIB)):
        with open(lab.folder / "x.bin", "wb") as file:
            file.truncate(int(size))
        create(lab, "--overwrite", "-o", "x.torrent", "x.bin")
        told = json.loads(lab.run_bt("info", "--json", "x.torrent").out)
        same(told["piece_length"], wanted, f"the piece length of {size} bytes")
        check(told["pieces"] <= 2000, f"{told['pieces']} pieces")


@case("Create.WritesToADeviceToo", "quick")
def to_device(lab):
    write_files(lab.folder, ["x.bin"])
    run = create(lab, "-o", "/dev/stdout", "x.bin")
    check(run.out_path.read_bytes() == create(lab, "-o", "-", "x.bin").out_path.read_bytes(),
          "other bytes than with -o -")


@case("Create.AFileInTheWayIsKept", "quick")
def in_the_way(lab):
    folder, out = lab.path("data"), lab.folder / "x.torrent"
    write_files(folder, ["a"])
    out.write_bytes(b"mine")
    same(lab.run_bt("create", "-o", out, folder).code, 13, "exit status")
    same(out.read_bytes(), b"mine", "the file in the way")
    create(lab, "--overwrite", "-o", out, folder)
    same(lab.run_bt("info", out).code, 0, "exit status of info")
    same(lab.run_bt("create", "-o", lab.folder / "none" / "x.torrent", folder).code, 16,
         "exit status without a folder for it")
    same(lab.run_bt("create", lab.folder / "nothing").code, 3, "exit status without a source")
    same(lab.run_bt("create", lab.path("empty")).code, 26, "exit status without data")


@case("Create.ABadValueNamesItsOption", "quick")
def bad_values(lab):
    folder = lab.path("data")
    write_files(folder, ["a"])
    for option, value in (("--piece-length", "1K"), ("--tracker", "nowhere"),
                          ("--web-seed", "udp://10.77.0.1:1"), ("--date", "yesterday"),
                          ("--exclude", "")):
        run = lab.run_bt("create", option, value, folder)
        same(run.code, 28, f"exit status with {option} {value}")
        check(option in run.err, f"{option} is not named: {run.err}")


@case("Info.ShowsATreeWithin80Columns", "quick")
def info_tree(lab):
    payload = make_payload(lab.path("seed"), "tree")
    path = lab.folder / "x.torrent"
    create(lab, "-q", "-o", path, "--date", "1234567890", payload.payload)
    run = lab.run_bt("info", path)
    same(run.code, 0, "exit status")
    lines = run.out.splitlines()
    for line in lines:
        check(len(line) <= 80 or line.startswith("magnet"), f"more than 80 columns: {line!r}")
    check("created       2009-02-13 23:31:30 UTC" in lines, "no date")
    order = [line.split("B  ")[1] for line in lines if "B  " in line]
    check(order[0] == "album/" and "  one/" in order and "      b.bin" in order, f"{order}")


@case("Verify.TellsWhichPiecesFailed", "quick")
def verify(lab):
    torrent = make_payload(lab.path("seed"), "tree")
    source = torrent.write(lab.folder / "x.torrent", TIERS[0][0])
    last = torrent.payload / "z" / "last.bin"
    data = bytearray(last.read_bytes())
    data[MIB] ^= 1
    last.write_bytes(data)
    (torrent.payload / "x").unlink()
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in torrent.folder.rglob("*")}
    run = lab.run_bt("verify", "--json", "-d", torrent.folder, source)
    same(run.code, 32, "exit status")
    told = json.loads(run.out)
    same(list(told), ["name", "info_hash", "ok", "pieces", "pieces_valid", "files"], "the keys")
    same((told["ok"], told["info_hash"]), (False, torrent.hex), "the torrent")
    files = {f["path"]: f for f in told["files"]}
    offset = sum(f["length"] for f in torrent.info["files"][:-2]) + MIB
    piece = offset // torrent.piece_length
    check([piece, piece] in files["album/z/last.bin"]["bad_pieces"],
          f"piece {piece} is not among {files['album/z/last.bin']}")
    same(files["album/x"]["verdict"], "missing", "the verdict on what is not there")
    same(files["album/a.bin"]["verdict"], "ok", "the verdict on what is whole")
    plain = lab.run_bt("verify", "-d", torrent.folder, source)
    check(any("last.bin" in line and str(piece) in line for line in plain.out.splitlines()),
          f"no bad piece in {plain.out}")
    after = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in torrent.folder.rglob("*")}
    same(after, before, "the data after two verifies")


@case("Verify.ConvictsNoFileOfWhatANeighbourLacks", "quick")
def verify_beside_missing(lab):
    torrent = make_payload(lab.path("seed"), "tree")
    source = torrent.write(lab.folder / "x.torrent", TIERS[0][0])
    for file in list(torrent.payload.rglob("*")):
        if file.is_file() and file.name != "last.bin":
            file.unlink()
    only = ("--select-file", "last.bin", "-d", torrent.folder, source)
    run = lab.run_bt("verify", *only)
    same(run.code, 0, "exit status for the only file that is there")
    check(re.fullmatch(r"ok +album/z/last\.bin( +\(but for 1 border piece that needs another file: \d+\))?\n",
                       run.out), f"{run.out!r}")
    check("the file is ok" in run.err, f"{run.err!r}")
    run = lab.run_bt("verify", "--json", "-d", torrent.folder, source)
    same(run.code, 32, "exit status for all files")
    verdicts = {f["path"]: f["verdict"] for f in json.loads(run.out)["files"]}
    same(verdicts["album/z/last.bin"], "ok", "the verdict on what is whole")
    same(verdicts["album/a.bin"], "missing", "the verdict on what is not there")
    run = lab.run_bt("verify", "--json", *only)
    same([f["path"] for f in json.loads(run.out)["files"]], ["album/z/last.bin"], "the files judged")
    data = bytearray((torrent.payload / "z" / "last.bin").read_bytes())
    data[-1] ^= 1
    (torrent.payload / "z" / "last.bin").write_bytes(data)
    same(lab.run_bt("verify", *only).code, 32, "exit status for a damaged file")
