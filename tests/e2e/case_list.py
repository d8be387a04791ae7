"""bt -S and bt --dry-run: what would be fetched, told and not fetched."""
import json

from cases import case
from harness import check, same
from peers import HttpServer
from torrents import MIB, bencode, make_payload

URL = "http://10.77.0.1:6969/announce"


def sample(lab):
    torrent = make_payload(lab.path("seed"), "tree")
    return torrent, torrent.write(lab.folder / "x.torrent", URL)


def nothing_done(lab):
    same([p.name for p in lab.path("out").iterdir()], [], "what is in the output folder")


@case("List.ShowsFilesAndDownloadsNothing", "quick")
def show_files(lab):
    torrent, source = sample(lab)
    out = lab.path("out")
    run = lab.run_bt("-S", "-d", out, source)
    same((run.code, run.err), (0, ""), "exit status and complaints")
    lines = [line.split(None, 3) for line in run.out.splitlines()]
    same([int(line[0]) for line in lines], list(range(1, len(lines) + 1)), "the indexes")
    same([line[3] for line in lines], ["/".join([torrent.name, *f["path"]])
                                       for f in torrent.info["files"]], "the paths")
    for name in ("--show-files", "--list"):
        same(lab.run_bt(name, "-d", out, source).out, run.out, f"what {name} says")
    same(lab.run_bt("-S", "--json", source).out, lab.run_bt("info", "--json", source).out,
         "-S --json beside info --json")
    with open(source, "rb") as data:
        piped = lab.bt("-S", "-", stdin=data)
        same(piped.wait(20), 0, "exit status of one on standard input")
        same(piped.out, run.out, "the same from standard input")
    server = HttpServer(lab, "10.77.0.1", 8080, lambda _: (200, source.read_bytes()))
    same(lab.run_bt("-S", server.base + "/x.torrent").out, run.out, "the same from a URL")
    nothing_done(lab)


@case("List.MarksTheChosenFiles", "quick")
def chosen(lab):
    torrent, source = sample(lab)
    run = lab.run_bt("-S", "--select-file", "2,*last*", source)
    same(run.code, 0, "exit status")
    marked = [line.split(None, 4)[-1] for line in run.out.splitlines() if line.startswith("*")]
    same(marked, ["album/a.bin", "album/z/last.bin", "album/z/empty last"], "what is marked")
    same(len(run.out.splitlines()), len(torrent.info["files"]), "lines")
    same(lab.run_bt("-S", "--select-file", "99", source).code, 28, "exit status of a bad index")


@case("List.TellsOfEachSource")
def several(lab):
    torrent, source = sample(lab)
    broken = lab.folder / "broken.torrent"
    broken.write_bytes(b"no bencode")
    run = lab.run_bt("-S", source, broken, lab.folder / "none.torrent", source)
    same(run.code, 40, "exit status")
    same(run.out.count("album:\n"), 2, "titles")
    for name in ("broken.torrent", "none.torrent"):
        check(name in run.err, f"{name} is not named in {run.err}")
    same(lab.run_bt("-S").code, 28, "exit status without a source")


@case("List.DryRunTellsWhatWouldBeFetched", "quick")
def dry_run(lab):
    torrent, source = sample(lab)
    out = lab.path("out")
    run = lab.run_bt("--dry-run", "-d", out, source)
    same((run.code, run.err), (0, ""), "exit status and complaints")
    check(f"({torrent.length} bytes)" in run.out and "free " in run.out, f"it says {run.out}")
    told = json.loads(lab.run_bt("--dry-run", "--json", "-d", out / "new", source).out)
    same((told["length"], told["on_disk"], told["to_fetch"], told["fits"]),
         (torrent.length, 0, torrent.length, True), "what is foreseen")
    same(told["path"], str(out / "new" / torrent.name), "the path")
    nothing_done(lab)
    there = json.loads(lab.run_bt("--dry-run", "--json", "-d", torrent.folder, source).out)
    same(there["to_fetch"], 0, "what is to be fetched of what is there")
    some = json.loads(lab.run_bt("--dry-run", "--json", "--select-file", "3", "-d", out,
                                 source).out)
    same(some["length"], 300 << 10, "the length of the chosen file")
    same([f["index"] for f in some["files"] if f["selected"]], [3], "the chosen file")


@case("Exit.9_ADryRunThatWouldNotFit", "quick")
def too_large(lab):
    source = lab.folder / "x.torrent"
    source.write_bytes(bencode({"info": {
        "name": "huge", "piece length": 1 << 24, "length": 32 << 40,
        "pieces": b"h" * 20 * (32 << 16)}}))
    run = lab.run_bt("--dry-run", "-d", lab.tmpfs("small", MIB), source)
    same(run.code, 9, "exit status")
    check("to fetch" in run.out and "free" in run.err, f"it says {run.out}{run.err}")
