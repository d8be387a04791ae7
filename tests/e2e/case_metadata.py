"""Peers that lie about the metadata of a magnet, beside an honest one: it comes, whole and soon."""
import contextlib
import time
from pathlib import Path

from cases import case
from extended_peers import (DATA, METADATA_PIECE, REFUSAL, MetadataAsker, MetadataSeeder, padded)
from faults import tell
from harness import HOME_ADDRESS, Failure, check, same, until
from peers import Closed, HttpTracker
from torrents import MIB, bencode, check_only, make_payload

SHAPE = ("film.bin", 64 * 1024, MIB + 777)
HONEST, LIAR = ("10.77.1.1", 7101), ("10.77.1.2", 7102)
METADATA_SIZE = 6 * METADATA_PIECE + 1000
QUICKLY = 5  # seconds: a second connection, and an answer that never comes


class Liar(MetadataSeeder):
    """Has no piece of the payload. answer(liar, connection, piece) is its answer."""

    def __init__(self, lab, torrent, place, answer, size=None):
        self.false_answer = answer
        self.claimed = size
        super().__init__(lab, torrent, *place, pieces=())

    def size(self):
        return len(self.metadata) if self.claimed is None else self.claimed

    def answer_metadata(self, connection, piece):
        self.false_answer(self, connection, piece)


def changed(change, **words):
    """An answer with some of its words and the data changed; a word of None is left out."""
    def lie(liar, connection, piece):
        said = {"msg_type": DATA, "piece": piece, "total_size": liar.size(), **words}
        liar.say_metadata(connection, {k: v for k, v in said.items() if v is not None},
                          change(liar.part(piece)))
    return lie


def raw(payload, times=1):
    def lie(liar, connection, _):
        for _ in range(times):
            liar.say_extended(connection, payload)
    return lie


def flood(liar, connection, piece):
    for _ in range(300):
        liar.say_metadata(connection, {"msg_type": DATA, "piece": piece,
                                       "total_size": liar.size()}, bytes(METADATA_PIECE))


def refuse(liar, connection, piece):
    liar.say_metadata(connection, {"msg_type": REFUSAL, "piece": piece})


def flipped(data):
    return bytes(b ^ 0xFF for b in data)


def unchanged(data):
    return data


LIES = {
    "wrong bytes": changed(flipped),
    "a refusal": refuse,
    "silence": lambda *_: None,
    "no bencode": raw(b"\xff" * 100),
    "an empty message": raw(b""),
    "a list": raw(b"le"),
    "nesting without end": raw(b"d1:x" + b"l" * 60_000),
    "an unknown kind": raw(bencode({"msg_type": 99, "piece": 0})),
    "no piece": changed(unchanged, piece=None),
    "piece -1": changed(unchanged, piece=-1),
    "piece 2^40": changed(unchanged, piece=2**40),
    "another piece": changed(flipped, piece=5),
    "another size": changed(flipped, total_size=METADATA_SIZE + METADATA_PIECE),
    "a short piece": changed(lambda data: flipped(data)[:-1]),
    "a long piece": changed(lambda data: flipped(data) + b"x"),
    "two pieces": changed(lambda data: flipped(data) + bytes(METADATA_PIECE)),
    "no data": changed(lambda _: b""),
    "a flood": flood,
    "refusals that nobody asked for": raw(bencode({"msg_type": REFUSAL, "piece": 6}), 200),
}
SIZES = (0, -1, 1, METADATA_SIZE - 1, METADATA_SIZE + 1, METADATA_SIZE + METADATA_PIECE, 30_000_000,
         2**31, 2**63, 2**64 + 1, "large")


def liars_of(lab, torrent):
    """One of every kind."""
    kinds = ([(what, {"answer": lie}) for what, lie in LIES.items()] +
             [(f"a size of {size}", {"size": size, "answer": changed(flipped)}) for size in SIZES])
    return {what: Liar(lab, torrent, (f"10.77.2.{i + 1}", 7001 + i), **kind)
            for i, (what, kind) in enumerate(kinds)}


def torrent_of(lab):
    lab.in_memory()
    return padded(make_payload(lab.path("seed"), SHAPE), METADATA_SIZE)


def most_memory(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def fetches(lab, torrent, source, name, *options):
    """The seconds that a download takes."""
    begin = time.monotonic()
    run = lab.run_bt(*options, "-d", lab.path(name), source, timeout=60)
    took = time.monotonic() - begin
    same(run.code, 0, f"{name}: exit status")
    check_only(torrent, lab.path(name))
    return took


@case("Metadata.EachLiarBesideAnHonestPeer", seconds=240)
def each(lab):
    torrent = torrent_of(lab)
    took = {}
    for i, (what, liar) in enumerate(liars_of(lab, torrent).items()):
        # The liar is met first.
        honest = MetadataSeeder(lab, torrent, HONEST[0], 7200 + i)
        places = [liar.place, honest.place]
        tracker = HttpTracker(lab, "10.77.0.1", 7300 + i, peers=places)
        new = {"XDG_STATE_HOME": str(lab.path(f"state {i}"))}
        begin = time.monotonic()
        run = lab.bt("-d", lab.path(f"out {i}"), torrent.magnet(tracker.url), env=new)
        same(run.wait(60), 0, f"{what}: exit status")
        took[what] = time.monotonic() - begin
        check_only(torrent, lab.path(f"out {i}"))
        check(liar.connections, f"{what}: it was never met")
        for server in (liar, honest, tracker):
            server.close()
    slowest = max(took, key=took.get)
    tell(f"{len(took)} liars; the slowest: {slowest}, {took[slowest]:.2f} s")
    check(took[slowest] < QUICKLY, f"{slowest}: {took[slowest]:.1f} s")


@case("Metadata.EveryLiarBesideOneHonestPeer", "quick")
def many(lab):
    torrent = torrent_of(lab)
    liars = liars_of(lab, torrent)
    MetadataSeeder(lab, torrent, *HONEST)
    tracker = HttpTracker(lab, "10.77.0.1", 6969,
                          peers=[liar.place for liar in liars.values()] + [HONEST])
    took = fetches(lab, torrent, torrent.magnet(tracker.url), "out")
    met = sum(bool(liar.handshakes) for liar in liars.values())
    check(met > len(liars) // 2, f"only {met} of {len(liars)} liars were met")
    tell(f"{len(liars)} liars at once: {took:.2f} s")
    check(took < 3 * QUICKLY, f"{took:.1f} s")


@case("Metadata.OfLiarsAloneNeverComesAndCostsNothing")
def alone(lab):
    torrent = torrent_of(lab)
    liars = liars_of(lab, torrent)
    tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=[liar.place for liar in liars.values()])
    run = lab.bt("-vv", "--metadata-timeout", "6s", "-d", lab.path("out"),
                 torrent.magnet(tracker.url))
    seen = [0]

    def over():
        if run.running():
            with contextlib.suppress(OSError, IndexError):  # it ends
                seen.append(most_memory(run))
        return not run.running()

    until(over, 30, "the end of bt")
    same(run.wait(1), 42, "exit status")
    asked = {what: len(liar.asked) for what, liar in liars.items() if liar.asked}
    tell(f"{max(seen)} MiB; {len(asked)} of {len(liars)} liars were asked {sum(asked.values())} times")
    check(len(asked) > 8, f"asked: {asked}")
    check(0 < max(seen) < 150, f"{max(seen)} MiB")
    check(max(asked.values()) < 300, f"asked: {asked}")
    same(list(lab.path("out").iterdir()), [], "what is in the folder")


@case("Metadata.IsTakenFromThePeersThatHaveIt", "quick")
def spread(lab):
    lab.in_memory()
    torrent = padded(make_payload(lab.path("seed"), SHAPE), 40 * METADATA_PIECE)
    # One holds what it was asked for: the other, which waits for that, must be asked for it.
    holder = MetadataSeeder(lab, torrent, *LIAR, hold_metadata_after=2)
    other = MetadataSeeder(lab, torrent, *HONEST, hold_metadata_after=0)
    tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=[LIAR, HONEST])
    run = lab.bt("-d", lab.path("out"), torrent.magnet(tracker.url))
    run.wait_for(lambda: holder.holding_metadata() and other.holding_metadata(), 20,
                 "both to be asked")
    begin = time.monotonic()
    other.release_metadata()
    same(run.wait(60), 0, "exit status")
    took = time.monotonic() - begin
    check_only(torrent, lab.path("out"))
    tell(f"beside one that holds its pieces: {took:.2f} s")
    check(took < 3 * QUICKLY, f"{took:.1f} s")


def connected(lab, torrent):
    """None while it does not listen, or checks its data."""
    try:
        return MetadataAsker(lab, torrent, "10.77.4.1", (HOME_ADDRESS, 7177))
    except (OSError, Closed):
        return None


@case("Metadata.IsServedToWhoAsksAndNoMore", "quick")
def serves(lab):
    torrent = torrent_of(lab)
    source = torrent.write(lab.folder / "x.torrent")
    run = lab.bt("seed", "--listen-port", "7177", "-d", torrent.folder, source)
    asker = run.wait_for(lambda: connected(lab, torrent), 20, "bt to take a connection")
    same(asker.size, len(bencode(torrent.info)), "metadata_size")
    got = b"".join(asker.ask(piece) for piece in range(7))
    check(got == bencode(torrent.info), "the metadata differs")
    for piece in (7, 2**31 - 1):
        same(asker.ask(piece), None, f"the answer for piece {piece}")
    for _ in range(500):
        if asker.ask(0) is None:
            break
    else:
        raise Failure("one may ask for a piece for ever")
