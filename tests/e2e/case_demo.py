"""What cmake/demo.sh relies on: the committed torrent is that of the data which the script makes."""
import subprocess

from cases import case
from harness import REPOSITORY, same


@case("Demo.TheTorrentIsThatOfThePayload", "quick")
def demo_torrent(lab):
    folder = lab.path("demo")
    subprocess.run([REPOSITORY / "cmake" / "demo_payload.sh", folder], check=True, env=lab.env)
    torrent = REPOSITORY / "torrents" / "demo.torrent"
    same(lab.run_bt("verify", "-d", folder, torrent).code, 0, "exit status of bt verify")
