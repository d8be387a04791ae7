"""Limits: what a process moves through its sockets, sampled from the kernel, against what it may."""
import re
import subprocess
import time

from cases import case
from clients import CLIENTS, HTTP, OpenTracker, seed
from harness import check, pause, same, until
from torrents import KIB, MIB, check_same_tree, make_payload

HOST = "10.77.0.2"
PAYLOAD = ("film.bin", 256 * KIB, 24 * MIB)


def connections(port, sending=False):
    """Bytes that the program at the other end of the connections to `port` has read from them; with
    sending, what the program at `port` has written to them. By connection."""
    side = "sport" if sending else "dport"
    out = subprocess.run(["ss", "-tinOH", "state", "established", f"{side} = :{port}"],
                         capture_output=True, text=True, check=True).stdout
    found = {}
    for line in out.splitlines():
        queued_in, queued_out, local, remote = line.split()[:4]
        counts = {k: int(v) for k, v in re.findall(r"(bytes_\w+):(\d+)", line)}
        found[local + remote] = (counts.get("bytes_acked", 0) + int(queued_out) if sending else
                                 counts.get("bytes_received", 0) - int(queued_in))
    return found


def moved(ports, sending=False):
    return sum(sum(connections(port, sending).values()) for port in ports)


def sample(ports, seconds, sending=False, process=None):
    """(time, bytes) about every 50 ms, from the first bytes on."""
    until(lambda: moved(ports, sending) > 1000, 20, "the first bytes")
    points, begin = [], time.monotonic()
    while time.monotonic() - begin < seconds:
        before = time.monotonic()
        count = moved(ports, sending)
        points.append(((before + time.monotonic()) / 2, count))
        check(process is None or process.running(), "it ended before all was measured")
        pause(0.05)
    return points


def rate(points):
    (t0, b0), (t1, b1) = points[0], points[-1]
    return (b1 - b0) / (t1 - t0)


def windows(points, seconds):
    """The rates of all windows of this length."""
    out, last = [], 0
    for t0, b0 in points:
        while last < len(points) and points[last][0] < t0 + seconds:
            last += 1
        if last == len(points):
            break
        t1, b1 = points[last]
        out.append((b1 - b0) / (t1 - t0))
    return out


def check_rate(points, limit, tolerance, what, smooth=0.25):
    got, one_second = rate(points), windows(points, 1)
    text = (f"{what}: {got:.0f} B/s of {limit}, {got / limit - 1:+.2%}; 1 s windows "
            f"{min(one_second) / limit - 1:+.1%} to {max(one_second) / limit - 1:+.1%}")
    print(text)
    check(abs(got / limit - 1) <= tolerance, text)
    check(max(one_second) <= limit * (1 + smooth) and min(one_second) >= limit * (1 - smooth), text)


def torrent_file(lab, torrent):
    return torrent.write(lab.folder / f"{torrent.name}.torrent")


def seeder(lab, torrent, port, *options, client="bt"):
    extra = {"options": options} if client == "bt" else {}
    process = seed(lab, client, torrent_file(lab, torrent), torrent.folder, place=(HOST, port),
                   **extra).process
    process.wait_for(lambda: "seeding" in process.out + process.err, 20, "the seeder")


def download(lab, torrents, ports, *options):
    peers = [word for port in ports for word in ("--peer", f"{HOST}:{port}")]
    return lab.bt("-d", lab.path("out"), "--sync", "none", "--listen-port", "0", *peers, *options,
                  *(torrent_file(lab, torrent) for torrent in torrents))


def download_limit(lab, text, limit, duration, tolerance, client="bt"):
    torrent = make_payload(lab.path("seed"), PAYLOAD)
    seeder(lab, torrent, 7100, client=client)
    process = download(lab, [torrent], [7100], "--max-download-limit", text)
    check_rate(sample([7100], duration, process=process), limit, tolerance, "download")


def upload_limit(lab, client):
    torrent = make_payload(lab.path("seed"), PAYLOAD)
    announced = OpenTracker(lab, torrent)
    source = torrent.write(lab.folder / "announced.torrent", HTTP)
    seed(lab, "bt", source, torrent.folder, limit="1M", place=(HOST, 7100))
    announced.wait_for_seeds(torrent)
    process = CLIENTS[client](lab, "download", source, lab.path("out")).process
    check_rate(sample([7100], 6, sending=True, process=process), MIB, 0.04, "upload")


def two_torrents(lab, options, limits):
    """Two torrents at once from a seeder each; each as fast as its limit."""
    torrents = [make_payload(lab.path("seed"), PAYLOAD, name=f"film {i}.bin") for i in range(2)]
    for torrent, port in zip(torrents, (7100, 7101)):
        seeder(lab, torrent, port)
    process = download(lab, torrents, (7100, 7101), *options)
    for port in (7100, 7101):
        until(lambda: moved([port]) > 1000, 20, "the first bytes")
    begin = [moved([port]) for port in (7100, 7101)]
    points = sample((7100, 7101), 6, process=process)
    end = [moved([port]) for port in (7100, 7101)]
    check_rate(points, sum(limits), 0.04, "both downloads")
    parts = [e - b for b, e in zip(begin, end)]
    for part, limit in zip(parts, limits):
        share, wanted = part / sum(parts), limit / sum(limits)
        check(abs(share - wanted) < 0.05, f"a torrent got {share:.1%}, not {wanted:.1%}")


def overall_upload_limit(lab):
    """Of what a seed sends to two at once."""
    torrents = [make_payload(lab.path("seed"), PAYLOAD, name=f"film {i}.bin") for i in range(2)]
    sources = [torrent_file(lab, torrent) for torrent in torrents]
    process = lab.bt("seed", "-d", lab.path("seed"), "--max-overall-upload-limit", "1M",
                     "--listen-port", "7100", *sources)
    process.wait_for(lambda: process.err.count("seeding") >= 2, 20, "the seed")
    process = download(lab, torrents, [7100])
    check_rate(sample([7100], 6, sending=True, process=process), MIB, 0.05, "both uploads")


def all_arrives_under_a_low_limit(lab):
    """Through requests, endgame and the last piece: in time, with nothing asked for twice."""
    torrent = make_payload(lab.path("seed"), ("small.bin", 32 * KIB, 160 * KIB))
    for port in (7100, 7101, 7102):
        seeder(lab, torrent, port)
    begin = time.monotonic()
    process = download(lab, [torrent], (7100, 7101, 7102), "--limit-rate", "40k")
    same(process.wait(20), 0, "exit")
    took = time.monotonic() - begin
    check(3.5 < took < 5.5, f"160 KiB at 40 KiB/s took {took:.1f} s")
    check_same_tree(torrent, lab.path("out"))


def bad_rates(lab):
    for option in ("--max-download-limit", "--max-upload-limit", "--max-overall-download-limit",
                   "--max-overall-upload-limit"):
        for value in ("fast", "-1", "1.5MB/s", "0.4"):
            for command in ([], ["seed"]) if "upload" in option else ([],):
                process = lab.run_bt(*command, f"{option}={value}", "x.torrent")
                same(process.code, 28, f"exit with {option} {value}")
                check(option in process.err and value in process.err, process.err)


case("Rates.Download_limit_over_10_s", seconds=60, text="1.5M", limit=1536 * KIB, duration=10,
     tolerance=0.03)(download_limit)
case("Rates.Low_download_limit", seconds=60, text="10KiB", limit=10 * KIB, duration=6,
     tolerance=0.06)(download_limit)
case("Rates.Download_limit_from_libtorrent", seconds=90, text="2M", limit=2 * MIB, duration=5,
     tolerance=0.04, client="libtorrent")(download_limit)
case("Rates.Upload_limit_to_bt", seconds=60, client="bt")(upload_limit)
case("Rates.Upload_limit_to_libtorrent", seconds=90, client="libtorrent")(upload_limit)
case("Rates.Overall_upload_limit", seconds=60)(overall_upload_limit)
case("Rates.Torrents_share_the_overall_limit", seconds=60, options=["--limit-rate", "1M"],
     limits=[512 * KIB, 512 * KIB])(two_torrents)
case("Rates.All_arrives_under_a_low_limit", "quick", seconds=60)(all_arrives_under_a_low_limit)
case("Rates.Bad_values", seconds=60)(bad_rates)
