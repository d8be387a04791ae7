"""Downloads a torrent with libtorrent, which has no program of its own, and ends.

    libtorrent_download.py TORRENT FOLDER LISTEN_ADDRESS:PORT
"""
import os
import sys

import libtorrent as lt

torrent, folder, listen = sys.argv[1:]
session = lt.session({
    "listen_interfaces": listen, "enable_dht": False, "enable_lsd": False, "enable_upnp": False,
    "enable_natpmp": False, "enable_outgoing_utp": False, "enable_incoming_utp": False,
    "in_enc_policy": lt.enc_policy.disabled, "out_enc_policy": lt.enc_policy.disabled,
    "hashing_threads": os.cpu_count(),
    "alert_mask": lt.alert.category_t.status_notification | lt.alert.category_t.storage_notification,
})
parameters = lt.add_torrent_params()
parameters.ti = lt.torrent_info(torrent)
parameters.save_path = folder
parameters.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
handle = session.add_torrent(parameters)


def wait_for(kind):
    while True:
        session.wait_for_alert(1000)
        for alert in session.pop_alerts():
            if isinstance(alert, kind):
                return


wait_for(lt.torrent_finished_alert)
handle.flush_cache()
wait_for(lt.cache_flushed_alert)
os._exit(0)  # the orderly end waits for a tracker's answer
