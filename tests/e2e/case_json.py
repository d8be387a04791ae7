"""--json: every line is held against the schema, whatever the run comes to and whoever reads it."""
import os
import signal
import socket
import subprocess

from cases import case
from harness import BT, check, pause, same, until
from peers import HttpTracker, Seeder
from schema import of_type, read_events
from torrents import MIB, check_only, make_payload

TRACKER_AT = ("10.77.0.1", 6969)
SEED_AT = ("10.77.1.1", 7100)
NAME = "a 'b\" \\ ü 文 \x1b[31m\n\x7f.bin"


def swarm(lab, shape="tree", place=SEED_AT, tracker=None, **seeder):
    torrent = make_payload(lab.path("seed"), shape)
    tracker = tracker or HttpTracker(lab, *TRACKER_AT)
    tracker.peers.append(place)
    source = torrent.write(lab.folder / f"{torrent.hex}.torrent", tracker.url)
    return torrent, source, Seeder(lab, torrent, *place, **seeder)


def events_of(run):
    return read_events(run.out_path.read_bytes(), run.child.returncode)


@case("Json.OfOneTorrent", "quick")
def one(lab):
    torrent, source, _ = swarm(lab)
    out = lab.path("out")
    run = lab.run_bt("--json", "-d", out, source)
    same(run.code, 0, "exit status")
    events = events_of(run)
    same([e["type"] for e in events[:3]], ["start", "metadata", "checked"], "the first events")
    for event in events[1:-1]:
        same(event["info_hash"], torrent.hex, f"the info-hash of {event['type']}")
    same(events[0]["source"], str(source), "the source")
    files = events[1]["files"]
    same([f["path"] for f in files],
         ["/".join([torrent.name, *f["path"]]) for f in torrent.info["files"]], "the paths")
    told = of_type(events, "file_complete")
    same(sorted(e["index"] for e in told), [f["index"] for f in files], "the files told of")
    for event in told:
        same(event["path"], files[event["index"] - 1]["path"], "the path of a file")
    (complete,) = of_type(events, "complete")
    same((complete["path"], complete["length"]), (str(out / torrent.name), torrent.length),
         "what is complete")
    same(events[-1]["torrents"],
         [{"source": str(source), "info_hash": torrent.hex, "name": torrent.name, "code": 0,
           "message": None, "path": str(out / torrent.name), "length": torrent.length,
           "done": torrent.length}], "the summary")
    check_only(torrent, out)
    again = events_of(lab.run_bt("--json", "-d", out, source))
    same(of_type(again, "checked")[0]["pieces_valid"], events[1]["pieces"], "what is valid")
    same(len(of_type(again, "file_complete")), len(files), "files told of that were there")


@case("Json.ProgressOnceASecond")
def progress(lab):
    torrent, source, seeder = swarm(lab, hold_after=40)
    run = lab.bt("--json", "-d", lab.path("out"), source)
    run.wait_for(lambda: run.out.count('"type":"progress"') >= 3, 20, "three lines of progress")
    lines = run.out_path.read_bytes().splitlines()
    seeder.release()
    same(run.wait(30), 0, "exit status")
    events = events_of(run)
    told = of_type(events, "progress")
    for first, second in zip(told[:3], told[1:3]):
        check(0.7 < second["time"] - first["time"] < 2, "not a second between two of them")
    same(told[0]["total"], torrent.length, "the total")
    same(told[0]["state"], "downloading", "the state")
    check(0 < told[2]["done"] < torrent.length, f"done is {told[2]['done']}")
    check(len(lines) >= 6, "lines are not written at once")


@case("Json.OfOneThatFails", "quick")
def failing(lab):
    torrent, source, _ = swarm(lab, "single")
    foreign = lab.path("out") / torrent.name
    foreign.write_bytes(b"mine")
    run = lab.run_bt("--json", "-d", lab.path("out"), source)
    same(run.code, 13, "exit status")
    (error,) = of_type(events_of(run), "error")
    same((error["code"], error["info_hash"]), (13, torrent.hex), "the error")
    check("in the way" in error["message"], f"the message: {error['message']}")
    run = lab.run_bt("--json", lab.folder / "none\n.torrent")
    same(run.code, 3, "exit status without a source")
    events = events_of(run)
    same([e["type"] for e in events], ["start", "error", "summary"], "the events")
    same(events[2]["torrents"][0]["source"], str(lab.folder / "none\n.torrent"), "the source")


@case("Json.OfABatch")
def batch(lab):
    tracker = HttpTracker(lab, *TRACKER_AT)
    good = [swarm(lab, (f"film {i}.bin", 64 * 1024, MIB + i), ("10.77.1.1", 7100 + i), tracker)
            for i in range(3)]
    broken = lab.folder / "broken.torrent"
    broken.write_bytes(b"no bencode")
    sources = [good[0][1], broken, good[1][1], lab.folder / "none.torrent", good[2][1], good[0][1]]
    run = lab.run_bt("--json", "-d", lab.path("out"), *sources)
    same(run.code, 40, "exit status")
    rows = events_of(run)[-1]["torrents"]
    same([r["source"] for r in rows], [str(s) for s in sources], "the sources, in their order")
    same([r["code"] for r in rows], [0, 25, 0, 3, 0, 11], "the codes")
    for row in rows:
        same(row["message"] is None, row["code"] == 0, f"the message of {row}")


@case("Json.SummaryComesLastWhateverHappens")
def always_last(lab):
    torrent, source, seeder = swarm(lab, "single", hold_after=5)
    out = lab.path("out")
    with socket.create_server(("0.0.0.0", 6881)):
        run = lab.run_bt("--json", "--listen-port", "6881", "-d", out, source)
        same(run.code, 6, "exit status with the port taken")
        same(events_of(run)[-1]["torrents"][0]["code"], 6, "the code of the torrent")
    run = lab.run_bt("--json", "--max-time", "1s", "-d", out, source)
    same(run.code, 2, "exit status when the time is up")
    same(events_of(run)[-1]["torrents"][0]["code"], 2, "the code of the torrent")
    for number in (signal.SIGINT, signal.SIGTERM):
        run = lab.bt("--json", "-d", out, source)
        run.wait_for(lambda: '"type":"checked"' in run.out, 20, "the check")
        run.send(number)
        same(run.wait(5), 7, "exit status when interrupted")
        row = events_of(run)[-1]["torrents"][0]
        same((row["code"], row["info_hash"]), (7, torrent.hex), "the torrent")
    seeder.release()
    run = lab.bt("--json", "--seed", "-d", out, source)
    run.wait_for(lambda: '"type":"complete"' in run.out, 30, "the end of the download")
    run.send(signal.SIGINT)
    same(run.wait(5), 0, "exit status of a seed")
    same(len(of_type(events_of(run), "complete")), 1, "complete")


@case("Json.IsValidWhateverTheNames", "quick")
def hostile(lab):
    torrent = make_payload(lab.path("seed"), ("x", 32768, 100_000))
    torrent.info["name"] = NAME.encode() + b"\xff\xfe"
    torrent.extra["comment"] = b"\xff\x00\"\\"
    source = lab.folder / "x.torrent"
    Seeder(lab, torrent, *SEED_AT)
    torrent.write(source, HttpTracker(lab, *TRACKER_AT, peers=[SEED_AT]).url)
    out = lab.path('out "quoted"\n')
    run = lab.run_bt("--json", "-d", out, source)
    same(run.code, 0, "exit status")
    complete = of_type(events_of(run), "complete")[0]
    with open(complete["path"], "rb") as file:
        same(file.read(), torrent.read_all(), "what is at the path of complete")


@case("Json.AReaderWhoGoesStopsNothing", "quick")
def reader_goes(lab):
    torrent, source, _ = swarm(lab)
    run = lab.start("bt", "sh", "-c", '"$0" "$@" | head -c 1 >/dev/null', BT, "--json", "-d",
                    lab.path("out"), source)
    run.wait(30)
    check_only(torrent, lab.path("out"))
    for target in ("/dev/full", None):
        out = lab.path(f"out {target}")
        command = f'"$0" "$@" >{target}' if target else '"$0" "$@" >&-'
        run = lab.start("bt", "sh", "-c", command, BT, "--json", "-d", out, source)
        same(run.wait(30), 0, f"exit status with standard output {target}")
        check_only(torrent, out)
        if target:
            check("standard output: No space left" in run.err, f"nothing is said: {run.err}")


@case("Json.AReaderWhoSleepsHoldsUpNothing")
def reader_sleeps(lab):
    shape = ("crumbs", 16384, [(f"{i:05d} {'x' * 200}", 10) for i in range(800)])
    torrent, source, _ = swarm(lab, shape)
    out = lab.path("out")
    reading, writing = os.pipe()
    bt = subprocess.Popen([BT, "--json", "-d", out, source], stdout=writing,
                          stderr=subprocess.PIPE, env=lab.env, cwd=lab.folder)
    lab.closing.append(bt.kill)
    os.close(writing)
    # More events than a pipe holds; the download ends although nobody reads them.
    until(lambda: sum(1 for _ in (out / "crumbs").glob("*")) == 800 if
          (out / "crumbs").exists() else False, 30, "all files")
    until(lambda: not list(out.glob(".*.bt")), 30, "the end of the download")
    check(bt.poll() is None, "it has ended without telling all")
    with os.fdopen(reading, "rb") as reader:
        told = reader.read()
    same(bt.wait(10), 0, "exit status")
    events = read_events(told, 0)
    same(len(of_type(events, "file_complete")), 800, "files told of")
    check_only(torrent, out)


@case("Json.CtrlCEndsTheWaitForAReader")
def reader_never(lab):
    shape = ("crumbs", 16384, [(f"{i:05d} {'x' * 200}", 10) for i in range(800)])
    torrent, source, _ = swarm(lab, shape)
    out = lab.path("out")
    reading, writing = os.pipe()
    bt = subprocess.Popen([BT, "--json", "-d", out, source], stdout=writing,
                          stderr=subprocess.DEVNULL, env=lab.env, cwd=lab.folder)
    lab.closing.append(bt.kill)
    os.close(writing)
    until(lambda: out.joinpath("crumbs").exists() and not list(out.glob(".*.bt")), 30,
          "the end of the download")
    for _ in range(3):  # it may be about to end
        bt.send_signal(signal.SIGINT)
        pause(0.05)
    check(bt.wait(5) in (0, 7, 130), f"exit status {bt.returncode}")
    os.close(reading)
    check_only(torrent, out)
