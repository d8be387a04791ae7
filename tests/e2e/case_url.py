"""A .torrent by its URL: what HTTP servers answer, and what becomes of it."""
import http.server
import signal
import ssl
import subprocess
import threading
import time

from cases import case
from harness import check, pause, same
from peers import HttpTracker, Seeder, SilentServer
from torrents import KIB, check_only, make_payload

WEB_AT = ("127.0.0.1", 8080)
SHAPE = ("film.bin", 16 * KIB, 200 * KIB)


class Web:
    """A web server whose answers are a function of the path: (status, headers, body)."""

    def __init__(self, lab, answer, place=WEB_AT, certificate=None):
        outer = self
        self.requests = []  # (path, headers)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append((self.path, dict(self.headers)))
                status, headers, body = answer(self.path, self.headers)
                try:
                    self.send_response(status)
                    for name, value in {"Content-Length": str(len(body)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:  # whoever asked has heard enough
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(place, Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        scheme = "http"
        if certificate:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.base = "%s://%s:%d" % (scheme, *place)
        lab.closing.append(self.close)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def certificate(lab):
    """A self-signed certificate for 127.0.0.1, which is its own authority: (certificate, key)."""
    files = lab.folder / "web.pem", lab.folder / "web.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", files[1], "-out", files[0]],
                   check=True, capture_output=True)
    return files


def swarm(lab):
    """A torrent with a seeder, and its .torrent as bytes."""
    torrent = make_payload(lab.path("seed"), SHAPE)
    tracker = HttpTracker(lab, "10.77.0.1", 6969, peers=[("10.77.1.1", 7100)])
    Seeder(lab, torrent, "10.77.1.1", 7100)
    return torrent, torrent.write(lab.folder / "x.torrent", tracker.url).read_bytes()


def refused(lab, code, url, words, **options):
    """bt ends with the code and says why in one line that tells no more of the path than a name."""
    run = lab.run_bt("-d", lab.path("out"), url, timeout=20, **options)
    same(run.code, code, f"exit status of {url}")
    lines = run.err.strip().split("\n")
    check(len(lines) == 1 and words in lines[0], f"the complaint: {lines!r}")
    check("secret" not in run.err, "the complaint tells the pass-key")


@case("Url.ATorrentIsFetchedAndDownloaded", "quick")
def fetched(lab):
    torrent, content = swarm(lab)
    web = Web(lab, lambda path, _: (200, {}, content))
    run = lab.run_bt("-d", lab.path("out"), web.base + "/x.torrent?key=secret")
    same(run.code, 0, "exit status")
    check_only(torrent, lab.path("out"))
    same([path for path, _ in web.requests], ["/x.torrent?key=secret"], "what was asked for")
    info = lab.run_bt("info", web.base + "/x.torrent")
    same(info.code, 0, "exit status of info")
    check(torrent.hex in info.out, "info does not tell the info-hash")
    same(lab.run_bt("verify", "-d", lab.path("out"), web.base + "/x.torrent").code, 0,
         "exit status of verify")


@case("Url.RedirectsAreFollowedAFewTimes", "quick")
def redirects(lab):
    torrent, content = swarm(lab)

    def answer(path, _):
        if path == "/x.torrent":
            return 200, {}, content
        if path == "/round":
            return 302, {"Location": "/round"}, b""
        return 301, {"Location": "x.torrent"}, b""

    web = Web(lab, answer)
    same(lab.run_bt("-d", lab.path("out"), web.base + "/old").code, 0, "exit status")
    check_only(torrent, lab.path("out"))
    refused(lab, 22, web.base + "/round", "too many redirects")
    check(len(web.requests) < 12, f"{len(web.requests)} requests")


@case("Url.22_AnswersThatHoldNoTorrent", "quick")
def unusable(lab):
    answers = {
        "/gone": (404, {}, b"gone", "HTTP 404 Not Found"),
        "/broken": (500, {}, b"", "HTTP 500 Internal Server Error"),
        "/page": (200, {}, b"\n <!DOCTYPE html><title>Log in</title>", "a web page"),
        "/empty": (200, {}, b"", "empty"),
        "/large": (200, {"Content-Length": str(1 << 40)}, b"d", "too large"),
        "/elsewhere": (302, {"Location": "ftp://127.0.0.1/x"}, b"", "other than http"),
    }
    web = Web(lab, lambda path, _: answers[path.split("?")[0]][:3])
    for path, (*_, words) in answers.items():
        refused(lab, 22, web.base + path + "?key=secret", words)
    same(lab.run_bt("info", web.base + "/gone").code, 22, "exit status of info")


@case("Url.25_AnAnswerThatIsNotBencode", "quick")
def not_bencode(lab):
    web = Web(lab, lambda *_: (200, {}, b"no torrent"))
    refused(lab, 25, web.base + "/secret", "bencode")
    same(lab.run_bt("-d", lab.path("out"), "http://", timeout=20).code, 28, "a URL that is none")


@case("Url.24_AuthorisationIsWanted", "quick")
def authorisation(lab):
    torrent, content = swarm(lab)

    def answer(path, headers):
        if path == "/proxy":
            return 407, {}, b""
        if headers.get("Authorization") == "Basic dXNlcjpwYSBzcw==":
            return 200, {}, content
        return 401, {"WWW-Authenticate": "Basic"}, b""

    web = Web(lab, answer)
    refused(lab, 24, web.base + "/secret", "HTTP 401")
    refused(lab, 24, web.base + "/proxy", "HTTP 407")
    refused(lab, 24, web.base.replace("//", "//user:secret@") + "/x", "HTTP 401")
    url = web.base.replace("//", "//user:pa%20ss@") + "/x.torrent"
    same(lab.run_bt("-d", lab.path("out"), url).code, 0, "exit status with the right password")
    check_only(torrent, lab.path("out"))


@case("Url.6_And19_ServersThatAreNotThere", "quick")
def not_there(lab):
    refused(lab, 6, "http://127.0.0.1:1/secret/x.torrent",
            "http://127.0.0.1:1/.../x.torrent: connection refused")
    refused(lab, 19, "http://nowhere.invalid/secret/x.torrent", "nowhere.invalid")


@case("Url.HttpsIsVerified")
def https(lab):
    torrent, content = swarm(lab)
    files = certificate(lab)
    web = Web(lab, lambda path, _: (302, {"Location": "http://127.0.0.1:8080/x"}, b"")
              if path == "/down" else (200, {}, content), certificate=files)
    url = web.base + "/x.torrent"
    refused(lab, 6, url, "certificate")
    same(web.requests, [], "what an unknown server was asked")
    trusted = lab.run_bt("--ca-certificate", files[0], "-d", lab.path("out"), url)
    same(trusted.code, 0, "exit status with --ca-certificate")
    check_only(torrent, lab.path("out"))
    loose = lab.run_bt("info", "--no-check-certificate", url)
    same(loose.code, 0, "exit status with --no-check-certificate")
    check("warning" in loose.err, "nobody was warned")
    down = lab.run_bt("--ca-certificate", files[0], "-d", lab.path("out"), web.base + "/down")
    same(down.code, 22, "exit status of a redirect from https to http")


@case("Url.AnInterruptEndsAFetchAtOnce")
def interrupted(lab):
    server = SilentServer(lab, *WEB_AT)
    url = "http://%s:%d/x.torrent" % WEB_AT
    bt = lab.bt("-d", lab.path("out"), url)
    bt.wait_for(lambda: server.reached, 10, "a request")
    begin = time.monotonic()
    bt.send(signal.SIGINT)
    same(bt.wait(5), 7, "exit status")
    check(time.monotonic() - begin < 1, f"it took {time.monotonic() - begin:.1f} s")
    begin = time.monotonic()
    same(lab.run_bt("--max-time", "1s", "-d", lab.path("out"), url).code, 2, "exit status in time")
    check(time.monotonic() - begin < 3, "--max-time did not bound a fetch")


@case("Url.SeveralAreFetchedAtOnceWithinTheSlots")
def at_once(lab):
    """Three that hang at three slots hold up the fourth; at four they do not."""
    torrent, content = swarm(lab)
    release = threading.Event()
    lab.closing.append(release.set)
    hanging = []

    def answer(path, _):
        if path.startswith("/slow"):
            hanging.append(path)
            release.wait(30)
            return 404, {}, b""
        return 200, {}, content

    web = Web(lab, answer)
    urls = [f"{web.base}/slow{i}" for i in range(3)] + [web.base + "/x.torrent"]
    bt = lab.bt("-j3", "-d", lab.path("out"), *urls)
    bt.wait_for(lambda: len(hanging) == 3, 10, "three requests")
    for _ in range(10):
        pause()
    same(len(web.requests), 3, "requests at three slots")
    release.set()
    same(bt.wait(20), 22, "exit status: three failed for one reason")
    check_only(torrent, lab.path("out"))
