"""A DHT of libtorrent nodes, as a program: lt_dht.py ADDRESS:PORT... starts one node at each place.

Each is told of all others. One JSON line for each change: how many nodes each knows, and which torrents were
announced to how many of them.
"""
import json
import select
import sys

import libtorrent as lt

SETTINGS = {
    "enable_dht": True, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "dht_bootstrap_nodes": "",
    "dht_restrict_routing_ips": False, "dht_restrict_search_ips": False,
    "dht_prefer_verified_node_ids": False, "dht_ignore_dark_internet": False,
    "alert_mask": lt.alert.category_t.dht_notification | lt.alert.category_t.stats_notification,
}


def start(place):
    return lt.session({**SETTINGS, "listen_interfaces": place,
                       "outgoing_interfaces": place.split(":")[0]})


def main():
    places = sys.argv[1:]
    sessions = [start(place) for place in places]
    for session in sessions:
        for place in places:
            host, port = place.split(":")
            session.add_dht_node((host, int(port)))
    known = [0] * len(places)
    announced = {}
    last = None
    while True:
        for number, session in enumerate(sessions):
            session.post_session_stats()
            for alert in session.pop_alerts():
                if isinstance(alert, lt.session_stats_alert):
                    known[number] = alert.values["dht.dht_nodes"]
                elif isinstance(alert, lt.dht_announce_alert):
                    announced.setdefault(str(alert.info_hash), set()).add(number)
        now = json.dumps({"known": known,
                          "announced": {key: len(at) for key, at in announced.items()}})
        if now != last:
            print(now, flush=True)
            last = now
        # Each question has an alert for an answer: to wait for one would be to spin.
        select.select([], [], [], 0.05)


main()
