"""The libtorrent client of the tests, as a program: one torrent, one JSON line for each change.

    lt_client.py MODE SOURCE FOLDER ADDRESS:PORT [UPLOAD_LIMIT]

MODE is seed (until killed), download (ends when it has all) or info (prints what the torrent holds).
"""
import json
import os
import sys

import libtorrent as lt


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


def main():
    mode, source, folder, address = sys.argv[1:5]
    if mode == "info":
        describe(source)
        return
    session = lt.session({
        "listen_interfaces": address, "enable_dht": False, "enable_lsd": False,
        "enable_upnp": False, "enable_natpmp": False, "allow_multiple_connections_per_ip": True,
        "announce_to_all_trackers": True, "announce_to_all_tiers": True, "connection_speed": 100,
        "outgoing_interfaces": address.split(":")[0], "tracker_completion_timeout": 10,
        # what a seeder that has just met many peers would do only after half a minute
        "unchoke_slots_limit": 50,
    })
    if source.startswith("magnet:"):
        params = lt.parse_magnet_uri(source)
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(source)
    params.save_path = folder
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    if len(sys.argv) > 5:
        params.upload_limit = int(sys.argv[5])
    handle = session.add_torrent(params)
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
        session.pop_alerts()
        session.post_torrent_updates()
    del session
    os._exit(0)


main()
