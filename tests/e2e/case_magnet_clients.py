"""Metadata from each real client, and given to each: what a link means to one it means to all."""
from cases import case
from case_seed import payload_for
from clients import HTTP, RIVALS, OpenTracker, download, seed
from harness import HOME_ADDRESS, check, listening, same, until
from peers import HttpTracker
from torrents import PAYLOADS, bencode, check_only, check_same_tree, make_payload

PORT = 7177


def from_rival(lab, client):
    lab.in_memory()
    torrent = make_payload(lab.path("seed"), "tree")
    announced = OpenTracker(lab, torrent)
    seed(lab, client, torrent.write(lab.folder / "x.torrent", HTTP), torrent.folder)
    announced.wait_for_seeds(torrent)
    saved = lab.folder / "saved.torrent"
    run = lab.run_bt("--save-torrent", saved, "-d", lab.path("out"), torrent.magnet(HTTP))
    same(run.code, 0, "exit status")
    check_only(torrent, lab.path("out"))
    check(bencode(torrent.info) in saved.read_bytes(), "not the info dictionary of the seeder")


def to_rival(lab, client):
    lab.in_memory()
    torrent = make_payload(lab.path("seed"), payload_for(client))
    tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=[(HOME_ADDRESS, PORT)])
    source = torrent.write(lab.folder / "x.torrent", tracker.url)
    seed(lab, "bt", source, torrent.folder, place=(None, PORT))
    until(lambda: tracker.announces, 20, "an announce of bt")
    download(lab, client, torrent.magnet(tracker.url), lab.path("out")).wait_complete(90)
    check_same_tree(torrent, lab.path("out"))


for rival in RIVALS:
    quick = ["quick"] if rival != "transmission" else []
    case(f"Magnet.From_{rival}", *quick, seconds=120, client=rival)(from_rival)
    case(f"Magnet.To_{rival}", *quick, seconds=150, client=rival)(to_rival)


@case("Magnet.FromBtToBt", "quick")
def between_bt(lab):
    """The second knows the first only, and begins while that has no metadata itself."""
    lab.in_memory()
    torrent = make_payload(lab.path("seed"), PAYLOADS["tree"])
    dead = "&x.pe=10.77.1.9:1"  # without anybody to ask it would give up
    lab.bt("--listen-port", PORT, "--seed", "-d", lab.path("first"), torrent.magnet() + dead)
    until(lambda: listening(HOME_ADDRESS, PORT), 20, "the first to listen")
    second = lab.bt("--listen-port", PORT + 1, "--peer", f"{HOME_ADDRESS}:{PORT}", "-d",
                    lab.path("second"), torrent.hex)
    seed(lab, "libtorrent", torrent.write(lab.folder / "x.torrent"), torrent.folder,
         peer=f"{HOME_ADDRESS}:{PORT}")
    same(second.wait(40), 0, "exit status")
    check_only(torrent, lab.path("second"))


@case("Magnet.ToLibtorrentThatKnowsOnlyItsPeer", "quick")
def to_peer(lab):
    lab.in_memory()
    torrent = make_payload(lab.path("seed"), PAYLOADS["tree"])
    run = lab.bt("seed", "--listen-port", PORT, "-d", torrent.folder,
                 torrent.write(lab.folder / "x.torrent"))
    magnet = torrent.magnet() + f"&x.pe={HOME_ADDRESS}:{PORT}"
    download(lab, "libtorrent", magnet, lab.path("out")).wait_complete(40)
    check_same_tree(torrent, lab.path("out"))
    check(run.running(), "bt does not seed on")
