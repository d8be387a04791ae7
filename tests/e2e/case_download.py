"""bt downloads from each real client, found through a real tracker, every shape of payload."""
from cases import case
from clients import HTTP, RIVALS, UDP, OpenTracker, download, seed
from torrents import PAYLOADS, check_only, make_payload

SHAPES = [shape for shape in PAYLOADS if shape != "large"]
UNDER_TEST = "bt"


def downloads_from(lab, client, tracker, shape):
    torrent = make_payload(lab.path("seed"), shape)
    # aria2 speaks to UDP trackers only with its DHT on: seeders announce over HTTP.
    for_seeder = torrent.write(lab.folder / "seed.torrent", HTTP)
    for_bt = torrent.write(lab.folder / "bt.torrent", tracker)
    announced = OpenTracker(lab, torrent)
    seed(lab, client, for_seeder, torrent.folder)
    announced.wait_for_seeds(torrent)
    out = lab.path("out")
    download(lab, UNDER_TEST, for_bt, out).wait_complete(60)
    check_only(torrent, out)


for rival in RIVALS:
    for kind, url in (("Http", HTTP), ("Udp", UDP)):
        for payload in SHAPES:
            quick = payload == "tree" and (rival, kind) in (("aria2", "Http"), ("libtorrent", "Udp"))
            case(f"Download.From_{rival}_{kind}_{payload}", *(["quick"] if quick else []),
                 seconds=150, client=rival, tracker=url, shape=payload)(downloads_from)
