"""Each real client downloads from `bt seed`, announced by bt's own tracker and by a real one."""
from cases import case
from clients import HTTP, RIVALS, UDP, OpenTracker, announced_peers, download, seed
from harness import until
from torrents import PAYLOADS, check_same_tree, make_payload

OWN = "http://10.77.0.2:6970/announce"


def without_empty_files(shape):
    """transmission makes no empty files, so it is compared on a payload that has none."""
    name, piece_length, files = PAYLOADS[shape]
    return name, piece_length, [(path, size) for path, size in files if size]


def payload_for(client):
    return without_empty_files("tree") if client == "transmission" else PAYLOADS["tree"]


def rival_downloads_with_own_tracker(lab, client):
    torrent = make_payload(lab.path("seed"), payload_for(client))
    source = torrent.write(lab.folder / "x.torrent", OWN)
    seed(lab, "bt", source, torrent.folder, options=["--run-tracker", "10.77.0.2:6970"])
    until(lambda: announced_peers(OWN, torrent) >= 1, 20, "bt as a peer at its own tracker")
    out = lab.path("out")
    download(lab, client, source, out).wait_complete(90)
    check_same_tree(torrent, out)


def rival_downloads(lab, client, tracker):
    torrent = make_payload(lab.path("seed"), payload_for(client))
    announced = OpenTracker(lab, torrent)
    seed(lab, "bt", torrent.write(lab.folder / "bt.torrent", tracker), torrent.folder)
    announced.wait_for_seeds(torrent)
    out = lab.path("out")
    source = torrent.write(lab.folder / "rival.torrent", HTTP)
    download(lab, client, source, out).wait_complete(90)
    check_same_tree(torrent, out)


for rival in (*RIVALS, "bt"):
    quick = ["quick"] if rival == "bt" else []
    case(f"Seed.To_{rival}_with_own_tracker", *quick, seconds=150,
         client=rival)(rival_downloads_with_own_tracker)
    case(f"Seed.To_{rival}_Http", seconds=150, client=rival, tracker=HTTP)(rival_downloads)
    case(f"Seed.To_{rival}_Udp", seconds=150, client=rival, tracker=UDP)(rival_downloads)
