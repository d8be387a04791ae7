"""Faults on demand: bt with system calls that fail, wait or kill (tests/faults), what a resume
state claims after that, and many short runs side by side.
"""
import concurrent.futures
import json
import os
import signal
import struct
import subprocess
import threading

from harness import BT, SANITIZER_EXIT, Failure, check, same
from peers import BLOCK, Seeder
from torrents import MIB, make_payload

LIBRARY = os.environ.get("BT_FAULTS", "")
CLAIMS = os.environ.get("BT_CLAIMS", "")
# In the order of the library.
CALLS = ("pwritev", "pwrite", "write", "pread", "fsync", "fdatasync", "syncfs", "sync_file_range",
         "rename", "ftruncate", "open", "openat2", "unlink", "mkdir")
WRITES = "pwritev,pwrite,write"
SYNCS = "fsync,fdatasync,syncfs,sync_file_range"
OPENS = "open,openat2"
STATE = ".bt"  # what the path of a resume state has in it, and no path of a payload here
LANES = 3  # runs side by side: they wait for each other's processes most of the time


def rule(calls, do=None, at=0, since=0, path="", but=""):
    """One rule of the library: see tests/faults/faults.c."""
    words = [f"call={calls}"]
    words += [f"{name}={value}" for name, value in
              (("do", do), ("at", at), ("from", since), ("path", path), ("except", but)) if value]
    return " ".join(words)


class Faults:
    """The environment that makes a bt fault on files below a folder, and what came of it."""

    def __init__(self, lab, folder, *rules):
        check(LIBRARY and CLAIMS, "BT_FAULTS or BT_CLAIMS is not set")
        with _numbering:
            lab.counter += 1
            self.file = lab.folder / f"{lab.counter:05d}.counts"
        self.env = {"LD_PRELOAD": LIBRARY, "BT_FAULT_BELOW": str(folder.resolve()),
                    "BT_FAULT_RULES": ";".join(rules), "BT_FAULT_COUNTS": str(self.file)}

    def numbers(self):
        data = self.file.read_bytes() if self.file.exists() else b""
        return struct.unpack(f"={len(data) // 8}Q", data) or (0,) * 64

    def calls(self):
        return dict(zip(CALLS, self.numbers()))

    def about(self, index=0):
        """How many calls a rule was about."""
        return self.numbers()[len(CALLS) + 2 * index]

    def struck(self, index=0):
        return self.numbers()[len(CALLS) + 2 * index + 1]


_numbering = threading.Lock()


class Ended:
    """A run that is over: its exit status (negative: the signal), and what it said."""

    def __init__(self, code, err):
        self.code = code
        self.err = err


def run_bt(lab, *arguments, env=None, timeout=30):
    """For the many: leaves no trace in the lab. A run that does not end in time is a failure."""
    try:
        done = subprocess.run([BT, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=timeout,
                              cwd=lab.folder, env={**lab.env, **(env or {})}, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failure(f"bt {arguments}: not over within {timeout} s\n"
                      f"{(late.stderr or b'').decode(errors='replace')[-2000:]}") from None
    err = done.stderr.decode(errors="replace")
    check(done.returncode != SANITIZER_EXIT, f"a sanitizer's report: {err}")
    check(done.returncode not in (-signal.SIGSEGV, -signal.SIGABRT), f"bt crashed: {err}")
    return Ended(done.returncode, err)


class Claims:
    """What a resume state makes the next run believe. That all of it is so is checked at once."""

    def __init__(self, lab, source, folder, believe_wrong=False):
        done = subprocess.run([CLAIMS, source, folder], capture_output=True, env=lab.env,
                              timeout=60, check=False)
        check(done.returncode == 0, f"bt_claims: {done.stderr.decode(errors='replace')}")
        told = json.loads(done.stdout)
        self.pieces = told["pieces"]
        self.started = told["started"]
        self.reread = told["reread"]
        self.trusted, self.durable, self.suspects, self.right_suspects, self.wrong = (
            set(told[key])
            for key in ("trusted", "durable", "suspects", "right_suspects", "wrong"))
        self.prefixes = {int(piece): length for piece, length in told["prefixes"].items()}
        self.wrong_prefixes = set(told["wrong_prefixes"])
        if not believe_wrong:
            check(not self.wrong, f"false pieces: {sorted(self.wrong)}")
            check(not self.wrong_prefixes, f"false prefixes: {sorted(self.wrong_prefixes)}")

    @property
    def had(self):
        """What the next run has once it has hashed what it does not believe."""
        return self.trusted | self.right_suspects

    def __repr__(self):
        return (f"trusted {len(self.trusted)}, durable {len(self.durable)}, suspects "
                f"{len(self.suspects)}, prefixes {self.prefixes} of {self.pieces}")


class Swarm:
    """A torrent without a tracker, and seeders of it, each at an address of its own."""

    def __init__(self, lab, shape):
        self.lab = lab
        self.torrent = make_payload(lab.path("seed"), shape)
        self.source = self.torrent.write(lab.folder / "x.torrent")
        self.data = self.torrent.read_all()
        self.torrent.read_all = lambda: self.data  # each seeder asks for it
        self.next = 0

    def seeder(self, **options):
        with _numbering:
            self.next += 1
            number = self.next
        return Seeder(self.lab, self.torrent, f"10.77.{4 + number // 250}.{1 + number % 250}", 7100,
                      **options)

    def out(self, name):
        return self.lab.path("out", name)

    def run(self, out, seeder, *options, **more):
        """A download into a folder from one seeder."""
        return run_bt(self.lab, "--peer", "%s:%d" % seeder.place, "-d", out, *options, self.source,
                      **more)

    def claims(self, out, **options):
        return Claims(self.lab, self.source, out, **options)

    def check_payload(self, out):
        """The payload is there, and nothing besides."""
        same(sorted(p.name for p in out.iterdir()), [self.torrent.name], "what is in the folder")
        self.check_bytes(out)

    def check_bytes(self, out):
        top = out / self.torrent.name
        files = ([top] if "length" in self.torrent.info else
                 [top.joinpath(*f["path"]) for f in self.torrent.info["files"]])
        check(b"".join(f.read_bytes() for f in files) == self.data, "the payload is not right")

    def blocks_on_disk(self, out):
        """(piece, begin) of every block that is in its place."""
        got, at = bytearray(len(self.data)), 0
        info = self.torrent.info
        files = info.get("files", [{"path": [], "length": self.torrent.length}])
        for file in files:
            path = out.joinpath(self.torrent.name, *file["path"])
            if path.is_file():
                data = path.read_bytes()[:file["length"]]
                got[at:at + len(data)] = data
            at += file["length"]
        size = self.torrent.piece_length
        return {(start // size, start % size + begin) for start in range(0, len(got), size)
                for begin in range(0, min(size, len(got) - start), BLOCK)
                if (end := min(start + begin + BLOCK, start + size)) and
                got[start + begin:end] == self.data[start + begin:end]}

    def finish(self, out, most_again, claims=None, **more):
        """A run to the end. It fetches no piece or prefix that was believed in, and of the other
        blocks that were in their place at most so many bytes: returns how many."""
        claims = claims or self.claims(out)
        there = self.blocks_on_disk(out)
        last = self.seeder()
        end = self.run(out, last, **more)
        last.close()
        same(end.code, 0, f"exit status of the run to the end ({end.err.strip()[-300:]})")
        self.check_payload(out)
        doubled = {piece for piece, begin, _ in last.served
                   if piece in claims.trusted or begin < claims.prefixes.get(piece, 0)}
        check(not doubled, f"pieces {sorted(doubled)} were believed in, and fetched again")
        again = sum(length for piece, begin, length in last.served if (piece, begin) in there)
        check(again <= most_again, f"{again} bytes were on disk, and fetched again")
        return again


def side_by_side(function, items, lanes=LANES):
    """function(item) for every item, some at a time. The first failure is the failure of all."""
    with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def tell(text):
    """A figure of the case, for whoever reads its output."""
    print(text, flush=True)


# 8 MiB in several files of which pieces share some, and empty ones.
SMALL = ("album", 64 * 1024, [
    ("empty", 0), ("a.dat", 1), ("one/b.dat", 300_000), ("one/two/c.dat", 5 * MIB + 17),
    ("one/two/d.dat", 70_000), ("e.dat", 2 * MIB), ("f/g.dat", 400_000), ("f/h.dat", 275_573)])
# The same with pieces that are written before they are whole.
LARGE_PIECES = ("large", 2 * MIB, [("a.dat", 3 * MIB), ("b/c.dat", 5 * MIB)])
