"""Names of the user's own, standard output as the target, and space that is reserved first."""
import hashlib
import os
import signal
import subprocess
from pathlib import Path

from case_select import Swarm
from cases import case
from harness import BT, check, pause, same, until
from torrents import KIB, MIB, make_payload, tree

FILM = ("film.bin", 64 * KIB, 3 * MIB + 1000)


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


@case("Out.NamesTheFileOrTheTopFolder", "quick")
def names(lab):
    swarm = Swarm(lab, FILM)
    swarm.run("-o", "other.bin")
    same(left_in(swarm.out), ["other.bin"], "the output folder")
    same(tree(swarm.out / "other.bin"), {".": tree(swarm.torrent.payload)["."]}, "the file")
    same(swarm.run("-o", "other.bin"), set(), "pieces fetched of what is there")
    swarm.run("--out=a/b.bin")
    same(left_in(swarm.out), ["a", "other.bin"], "the output folder")
    swarm.seeder.close()
    swarm.tracker.close()
    swarm = Swarm(lab)
    swarm.run("-o", "mine", "--select-file=2")
    same(list(tree(swarm.out / "mine")), ["s1/e1.srt"], "the top folder")


@case("Out.ANameThatLeadsElsewhereEndsWith28", "quick")
def escapes(lab):
    swarm = Swarm(lab, FILM)
    other = make_payload(lab.path("seed"), ("b.bin", 64 * KIB, 1000)).write(lab.folder / "b.torrent")
    for name in ("", "..", "../x", "/tmp/x", "a//b", f".{swarm.torrent.hex}.bt"):
        swarm.run("-o", name, code=28)
        check("--out" in swarm.last.err, swarm.last.err)
    swarm.run("-o", "x", other, code=28)
    check("2 sources" in swarm.last.err, swarm.last.err)
    same(left_in(swarm.out), [], "the output folder")


@case("Out.AnInterruptedRunDoesNotOwnAnotherName")
def not_ours(lab):
    swarm = Swarm(lab, FILM, hold_after=20)
    bt = swarm.start("-o", "one.bin")
    bt.wait_for(lambda: swarm.seeder.holding() and (swarm.out / "one.bin").exists(), 20, "the hold")
    bt.send(signal.SIGINT)
    same(bt.wait(5), 7, "exit status")
    (swarm.out / "two.bin").write_text("mine")
    swarm.another_seeder()
    swarm.run("-o", "two.bin", code=13)
    same((swarm.out / "two.bin").read_text(), "mine", "the file")
    swarm.run("-o", "one.bin")


@case("Out.SpaceIsReservedFirst")
def reserved(lab):
    swarm = Swarm(lab, FILM, hold_after=20)
    swarm.out = lab.tmpfs("little", "4M")
    path = swarm.out / "film.bin"
    bt = swarm.start("--file-allocation=falloc")
    bt.wait_for(swarm.seeder.holding, 20, "the hold")
    bt.wait_for(lambda: path.stat().st_size > 0, 20, "a piece")
    held = path.stat().st_blocks * 512
    check(held >= swarm.torrent.length, f"{held} bytes are reserved")
    bt.send(signal.SIGKILL)
    until(lambda: not bt.running(), 5, "the end of bt")
    # What is reserved is not asked for again, though not so much is free.
    swarm.another_seeder()
    swarm.run("--file-allocation=falloc")
    same(tree(path), tree(swarm.torrent.payload), "the file")
    swarm.run("--file-allocation=full", code=28)


class Piped:
    """bt with a pipe for its standard output."""

    def __init__(self, swarm, *options):
        self.err = swarm.lab.folder / "piped.err"
        with open(self.err, "wb") as err:
            self.child = subprocess.Popen(
                [BT, "-o", "-", *options, "-d", swarm.out, swarm.source], stdout=subprocess.PIPE,
                stderr=err, stdin=subprocess.DEVNULL, env=swarm.lab.env)
        swarm.lab.closing.append(self.kill)

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def wait(self, timeout):
        until(lambda: self.child.poll() is not None, timeout, lambda: self.err.read_text())
        return self.child.returncode


def content(swarm, name=None):
    path = swarm.torrent.payload
    return (path / name if name else path).read_bytes()


@case("Stream.WritesTheChosenFileAndLeavesNothing", "quick")
def streams(lab):
    swarm = Swarm(lab)
    run = Piped(swarm, "--select-file=s1/*.mkv", "--exclude=3")
    got = run.child.stdout.read()
    same(run.wait(10), 0, "exit status")
    check(got == content(swarm, "s1/e1.mkv"), f"{len(got)} bytes, other than the file's")
    same(left_in(swarm.out), [], "the output folder")
    check("complete" in run.err.read_text(), run.err.read_text())


@case("Stream.WhatCannotBeStreamedEndsWith28", "quick")
def not_streamed(lab):
    swarm = Swarm(lab)
    swarm.run("-o", "-", code=28)
    check("7 are chosen" in swarm.last.err, swarm.last.err)
    swarm.run("-o", "-", "--select-file=1", "--seed", code=28)
    swarm.run("-o", "-", swarm.source, code=28)
    swarm.run("-o", "-", "--select-file=1", "--json", code=28)
    same(left_in(swarm.out), [], "the output folder")


@case("Stream.APausedReaderPausesTheDownload", seconds=120)
def paused_reader(lab):
    swarm = Swarm(lab, ("large.bin", 256 * KIB, 96 * MIB))
    run = Piped(swarm, "--stall-timeout=2s", "--summary-interval=1s")
    first = os.read(run.child.stdout.fileno(), 1000)
    hidden = swarm.out / f".{swarm.torrent.hex}.stream"
    until(lambda: swarm.seeder.served_bytes >= 64 * MIB, 60, "what may be ahead of the reader")
    said = "waits for the reader of standard output"
    until(lambda: said in run.err.read_text(), 20, said)
    # Nobody reads for longer than the stall timeout, and nothing comes meanwhile.
    served = swarm.seeder.served_bytes
    pause(3)
    same(run.child.poll(), None, "the state of bt")
    same(swarm.seeder.served_bytes, served, "what the seeder has served")
    check(served < 65 * MIB, f"{served} bytes were fetched ahead of the reader")
    held = hidden.stat().st_blocks * 512
    check(held < 66 * MIB, f"{held} bytes are on disk")
    status = Path(f"/proc/{run.child.pid}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0])
    check(peak < 100 * KIB, f"bt took {peak} KiB")
    digest = hashlib.sha256(first)
    while block := run.child.stdout.read(1 << 16):
        digest.update(block)
    same(run.wait(10), 0, "exit status")
    same(digest.hexdigest(), hashlib.sha256(content(swarm)).hexdigest(), "the digest")
    same(swarm.seeder.served_bytes, swarm.torrent.length, "what the seeder has served in all")
    same(left_in(swarm.out), [], "the output folder")


@case("Stream.AFullDeviceLeavesNothing", "quick")
def full_device(lab):
    swarm = Swarm(lab, FILM)
    with open("/dev/full", "wb") as full, open(lab.folder / "full.err", "wb") as err:
        child = subprocess.Popen([BT, "-o", "-", "-d", swarm.out, swarm.source], stdout=full,
                                 stderr=err, stdin=subprocess.DEVNULL, env=lab.env)
        same(child.wait(20), 17, "exit status")
    said = (lab.folder / "full.err").read_text()
    check("standard output: No space left on device" in said, said)
    same(left_in(swarm.out), [], "the output folder")


@case("Stream.AHookIsToldTheTorrentsOwnName", "quick")
def hook_of_stream(lab):
    swarm = Swarm(lab, FILM)
    place = lab.folder / "name"
    run = Piped(swarm, "--on-complete", f'printf %s "$BT_NAME" > {place}')
    check(run.child.stdout.read() == content(swarm), "other bytes than the file's")
    same(run.wait(10), 0, "exit status")
    same(place.read_text(), swarm.torrent.name, "the name")


@case("Stream.AClosedPipeEndsIt", "quick")
def closed_pipe(lab):
    swarm = Swarm(lab, FILM, hold_after=30)
    run = Piped(swarm)
    got = run.child.stdout.read(100_000)
    run.child.stdout.close()
    # More never comes: it is told by the pipe alone.
    same(run.wait(5), 17, "exit status")
    check(got == content(swarm)[:100_000], "other bytes than the file's")
    same(left_in(swarm.out), [], "the output folder")


@case("Stream.AnInterruptedOneGoesOn", "quick")
def interrupted(lab):
    swarm = Swarm(lab, FILM, hold_after=30)
    run = Piped(swarm)
    got = run.child.stdout.read(100_000)
    until(swarm.seeder.holding, 20, "the hold")
    run.child.send_signal(signal.SIGINT)
    same(run.wait(5), 7, "exit status")
    whole = swarm.seeder.whole_pieces()
    got += run.child.stdout.read()
    check(content(swarm).startswith(got), "other bytes than the file's")
    check(left_in(swarm.out), "nothing is kept")
    served = len(whole)
    swarm.another_seeder()
    run = Piped(swarm)
    check(run.child.stdout.read() == content(swarm), "other bytes than the file's")
    same(run.wait(10), 0, "exit status")
    fetched = {piece for piece, _, _ in swarm.seeder.served}
    check(len(fetched & whole) <= 2, f"of {served} pieces {sorted(fetched & whole)} came twice")
    same(left_in(swarm.out), [], "the output folder")
