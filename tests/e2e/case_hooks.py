"""Hooks: what they are told, what they may do, and that nothing waits for them that need not."""
import os
import signal
from pathlib import Path

from cases import case
from harness import BT, check, same, until
from peers import HttpTracker, Seeder
from schema import of_type, read_events
from torrents import MIB, check_only, make_payload

TRACKER_AT = ("10.77.0.1", 6969)
SEED_AT = ("10.77.1.1", 7100)
DEAD = "http://10.77.0.1:1/announce"
# What a hook sees, in a folder of the case.
NOTE = 'env -0 >"$NOTES/env"; cat >"$NOTES/files"; pwd >"$NOTES/where"; echo "from the hook"'


def swarm(lab, shape, place=SEED_AT, tracker=None, name=None, **seeder):
    torrent = make_payload(lab.path("seed"), shape)
    if name:
        torrent.info["name"] = name
    tracker = tracker or HttpTracker(lab, *TRACKER_AT)
    tracker.peers.append(place)
    source = torrent.write(lab.folder / f"{torrent.hex}.torrent", tracker.url)
    return torrent, source, Seeder(lab, torrent, *place, **seeder)


def noted(notes):
    """The environment and the files that a hook has noted."""
    pairs = (notes / "env").read_bytes().split(b"\0")[:-1]
    files = (notes / "files").read_bytes()
    check(not files or files.endswith(b"\0"), "the last file has no NUL behind it")
    return (dict(os.fsdecode(p).split("=", 1) for p in pairs),
            [os.fsdecode(f) for f in files.split(b"\0")[:-1]])


@case("Hooks.OnCompleteKnowsTheTorrent", "quick")
def on_complete(lab):
    name = "it's \"a\" $(touch pwned) `b`\n c*"
    torrent, source, _ = swarm(lab, ("x", 32768, [("a b/'1'\".bin", 70_000), ("$HOME", 5),
                                                  ("new\nline", 0)]), name=name)
    out, notes = lab.path("out 'put'\nfolder"), lab.path("notes")
    run = lab.run_bt("-d", out, "--on-complete", NOTE, "--on-error", ': >"$NOTES/error"', source,
                     env={"NOTES": str(notes)})
    same(run.code, 0, "exit status")
    environment, files = noted(notes)
    top = next(p for p in out.iterdir())
    wanted = {"BT_INFO_HASH": torrent.hex, "BT_NAME": top.name, "BT_DIR": str(out),
              "BT_PATH": str(top), "BT_LENGTH": str(torrent.length), "BT_CODE": "0", "BT_ERROR": ""}
    same({k: environment.get(k) for k in wanted}, wanted, "the environment")
    same((notes / "where").read_bytes(), os.fsencode(out) + b"\n", "the folder it ran in")
    same(sorted(files), sorted(str(p) for p in top.rglob("*") if p.is_file()), "the files")
    same(run.out, "", "standard output")
    check("from the hook" in run.err, "its output is not on standard error")
    check(not (notes / "error").exists(), "the other hook ran")
    check(not list(lab.folder.rglob("pwned")), "a name was run as a command")


@case("Hooks.OnErrorKnowsTheReason", "quick")
def on_error(lab):
    torrent = make_payload(lab.path("seed"), "single")
    source = torrent.write(lab.folder / "x.torrent", DEAD)
    out, notes = lab.path("out"), lab.path("notes")
    (out / torrent.name).write_bytes(b"mine")
    hooks = ["--on-download-error", NOTE, "--on-bt-download-complete", ': >"$NOTES/complete"']
    run = lab.run_bt("-d", out, *hooks, source, env={"NOTES": str(notes)})
    same(run.code, 13, "exit status")
    environment, _ = noted(notes)
    same(environment["BT_CODE"], "13", "the code")
    check("in the way" in environment["BT_ERROR"], f"BT_ERROR is {environment['BT_ERROR']}")
    check(not (notes / "complete").exists(), "the other hook ran")
    run = lab.run_bt("-d", lab.folder / "nowhere", *hooks, lab.folder / "none.torrent",
                     env={"NOTES": str(notes)})
    same(run.code, 3, "exit status without a source")
    environment, files = noted(notes)
    same((environment["BT_CODE"], environment["BT_INFO_HASH"], files), ("3", "", []), "what it is told")


@case("Exit.44_AHookFails", "quick")
def failing(lab):
    torrent, source, _ = swarm(lab, "single")
    run = lab.run_bt("--json", "-d", lab.path("out"), "--on-complete", "exit 7", source)
    same(run.code, 44, "exit status")
    check("--on-complete ended with status 7" in run.err, f"its status is not told: {run.err}")
    check_only(torrent, lab.path("out"))
    events = read_events(run.out_path.read_bytes(), 44)
    same(len(of_type(events, "complete")), 1, "complete")
    same(of_type(events, "error")[0]["code"], 44, "the code of the error")
    run = lab.run_bt("-d", lab.path("out"), "--on-complete", "kill -9 $$", source)
    same(run.code, 44, "exit status of one that is killed")
    check("signal 9" in run.err, f"the signal is not told: {run.err}")
    run = lab.run_bt("--on-error", "exit 5", lab.folder / "none.torrent")
    same(run.code, 44, "exit status when --on-error fails")
    check("--on-error ended with status 5" in run.err, f"its status is not told: {run.err}")


@case("Hooks.NeedNotRead")
def not_reading(lab):
    shape = ("crumbs", 16384, [(f"{i:04d} {'x' * 200}", 10) for i in range(400)])
    torrent, source, _ = swarm(lab, shape)
    run = lab.run_bt("-d", lab.path("out"), "--on-complete", "exec <&-; exit 0", source)
    same(run.code, 0, "exit status")
    run = lab.run_bt("-d", lab.path("out"), "--on-complete",
                     f"xargs -0 sha1sum >'{lab.folder}/sums'", source)
    same(run.code, 0, "exit status of one that reads it all")
    same(len((lab.folder / "sums").read_text().splitlines()), 400, "files that it was told of")


@case("Hooks.OthersGoOnMeanwhile")
def others(lab):
    tracker = HttpTracker(lab, *TRACKER_AT)
    first = swarm(lab, ("one.bin", 65536, MIB), tracker=tracker)
    second = swarm(lab, ("two.bin", 65536, MIB), ("10.77.1.1", 7101), tracker)
    # Each waits for the other's data: with -j 1 that needs the slot of one whose hook runs.
    hook = 'until [ -s one.bin ] && [ -s two.bin ] && [ $(ls .*.bt 2>&- | wc -l) = 0 ]; do :; done'
    run = lab.run_bt("-j", "1", "-d", lab.path("out"), "--on-complete", hook, first[1], second[1])
    same(run.code, 0, "exit status")


@case("Hooks.ASeedRunsItWhenAllIsThere")
def seeding(lab):
    torrent, source, _ = swarm(lab, "single")
    done = lab.folder / "done"
    bt = lab.bt("--seed", "-d", lab.path("out"), "--on-complete", f"echo once >>'{done}'", source)
    bt.wait_for(done.exists, 20, "the hook")
    bt.wait_for(lambda: "seeding" in bt.err, 20, "the seeding")
    children = Path(f"/proc/{bt.pid}/task/{bt.pid}/children")
    bt.wait_for(lambda: not children.read_text().split(), 20, "the hook to end")
    bt.send(signal.SIGINT)
    same(bt.wait(5), 0, "exit status")
    same(done.read_text(), "once\n", "how often it ran")


@case("Hooks.CtrlCEndsThemSoon")
def interrupted(lab):
    torrent, source, _ = swarm(lab, "single")
    for hook, wanted in (("trap 'exit 3' TERM; ", "status 3"), ("trap '' TERM; ", "signal 9")):
        ready = lab.folder / "ready"
        bt = lab.bt("-d", lab.path("out"), "--on-complete",
                    f"{hook} : >'{ready}'; while :; do :; done", source)
        bt.wait_for(ready.exists, 20, "the hook")
        bt.send(signal.SIGINT)
        same(bt.wait(3), 44, "exit status")
        check(wanted in bt.err, f"{wanted} is not told: {bt.err}")
        ready.unlink()
    check_only(torrent, lab.path("out"))


@case("Hooks.HaveNothingOfOurs")
def nothing_of_ours(lab):
    torrent, source, _ = swarm(lab, "single")
    out = lab.folder / "fds"
    # Signals as the system has them, and no descriptor but the three.
    hook = f"ls /proc/self/fd >'{out}'; grep -E 'SigBlk|SigIgn' /proc/self/status >>'{out}'"
    same(lab.run_bt("-d", lab.path("out"), "--on-complete", hook, source).code, 0, "exit status")
    lines = out.read_text().split()
    same(lines[:4], ["0", "1", "2", "3"], "descriptors; the last is that of ls")
    # The C library keeps 32 and 33 for itself.
    masks = [int(line, 16) & ~(3 << 31) for line in lines[4:] if not line.startswith("Sig")]
    same(masks, [0, 0], "signals blocked and ignored")
