"""The libtorrent client of the tests, as a program: one torrent, one JSON line for each change.

    lt_client.py MODE SOURCE FOLDER ADDRESS:PORT [NAME=VALUE...]

MODE is seed (until killed), download (ends when it has all), leech (goes on then, too) or info (prints
what the torrent holds). Of peers it hears from trackers and from other peers, and besides:
    peer=HOST:PORT   from whoever started it
    dht=HOST:PORT    from a DHT, entered there
    lsd=on           from its local network
Limits in bytes per second: limit= of its uploads, down= of its downloads.
"""
import json
import os
import sys

import libtorrent as lt

PRIVATE_NETWORK = {  # a DHT within 10.77.0.0/16
    "dht_restrict_routing_ips": False, "dht_restrict_search_ips": False,
    "dht_prefer_verified_node_ids": False, "dht_ignore_dark_internet": False,
}


def describe(path):
    info = lt.torrent_info(path)
    files = info.files()
    tiers = {}
    for tracker in info.trackers():
        tiers.setdefault(tracker.tier, []).append(tracker.url)
    print(json.dumps({
        "name": info.name(),
        "info_hash": str(info.info_hashes().v1),
        "length": info.total_size(),
        "piece_length": info.piece_length(),
        "pieces": info.num_pieces(),
        "private": info.priv(),
        "comment": info.comment() or None,
        "created_by": info.creator() or None,
        "trackers": [tiers[t] for t in sorted(tiers)],
        "web_seeds": sorted(seed["url"] for seed in info.web_seeds()),
        "files": [[files.file_path(i), files.file_size(i)] for i in range(info.num_files())],
    }))


def settings(address, options):
    return {
        "listen_interfaces": address, "enable_dht": "dht" in options,
        "dht_bootstrap_nodes": options.get("dht", ""), "enable_lsd": "lsd" in options,
        "enable_upnp": False, "enable_natpmp": False, "allow_multiple_connections_per_ip": True,
        "announce_to_all_trackers": True, "announce_to_all_tiers": True, "connection_speed": 100,
        "outgoing_interfaces": address.split(":")[0], "tracker_completion_timeout": 10,
        # what a seeder that has just met many peers would do only after half a minute
        "unchoke_slots_limit": 50, **PRIVATE_NETWORK,
        "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.dht_notification,
    }


def place(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def add(session, source, folder, options):
    if source.startswith("magnet:"):
        params = lt.parse_magnet_uri(source)
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(source)
    params.save_path = folder
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    params.upload_limit = int(options.get("limit", -1))
    params.download_limit = int(options.get("down", -1))
    handle = session.add_torrent(params)
    if "peer" in options:
        handle.connect_peer(place(options["peer"]))
    return handle


def main():
    mode, source, folder, address = sys.argv[1:5]
    if mode == "info":
        describe(source)
        return
    options = dict(option.split("=", 1) for option in sys.argv[5:])
    session = lt.session(settings(address, options))
    handle = add(session, source, folder, options)
    last = None
    while True:
        status = handle.status()
        now = {"state": str(status.state), "done": status.total_done,
               "uploaded": status.total_payload_upload, "peers": status.num_peers,
               "error": status.errc.message() if status.errc.value() else None}
        if now != last:
            print(json.dumps(now), flush=True)
            last = now
        if mode == "download" and status.is_seeding:
            break
        session.wait_for_alert(50)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.dht_bootstrap_alert):
                handle.force_dht_announce()  # the first came too early
    del session
    os._exit(0)


main()
