"""Writes the seeds of the fuzz targets: well-formed inputs of every kind, and the classic bad ones.

    make_corpus.py FOLDER      one folder for each target below FOLDER

ctest replays these and corpus/, which holds what fuzzing has made of them; run.sh begins from both.
"""
import random
import struct
import sys
from pathlib import Path


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    pairs = sorted((key.encode(), item) for key, item in value.items())
    return b"d" + b"".join(bencode(key) + bencode(item) for key, item in pairs) + b"e"


def bencode_seeds():
    yield from (
        b"i0e", b"i-0e", b"i+0e", b"i00e", b"i01e", b"i-01e", b"ie", b"i-e", b"i-", b"i", b"i10",
        b"i35412-5633e", b"i9223372036854775807e", b"i-9223372036854775808e",
        b"i9223372036854775808e", b"i18446744073709551616e", b"i000000000000000000000000001e",
        b"0:", b"00:", b"06:foobar", b"1:", b"-10:foobar", b"18446744073709551615:foobar",
        b"00000000000000000003:abc", b"000000000000000000003:abc", b"99999999:foobar", b"928",
        b"e", b"le", b"de", b"l", b"d", b"lee", b"l2:..", b"d1:ai1e1:be", b"di5e1:ae", b"df00:",
        b"d1000:", b"d3:000e", b"d3:a\0bi1ee", b"d2:bai1e2:aai2ee", b"d1:ai1e2:aai2ee",
        b"d2:aai1e2:aai2ee", b"dd1:ai1e1:ai2eee", b"d1:ad1:bi1e1:bi2eee", b"lllleeee", b"l" * 70,
        b"l" * 16 + b"e" * 16, b"l" * 17 + b"e" * 17, b"l" * 64 + b"e" * 64, b"l" * 65 + b"e" * 65,
        b"d1:a" * 16 + b"i1e" + b"e" * 16, b"l" + b"i1e" * 7 + b"e", b"l" + b"i1e" * 8 + b"e",
        b"i1etrailing")
    yield bencode({"a": [1, "b", {"c": -3}], "d": {"e": "", "f": []}})


def file_of(length, *path, **more):
    return {"length": length, "path": list(path), **more}


def torrent(total=100, piece_length=64, outer=(), **info):
    info.setdefault("pieces", b"h" * (20 * -(-total // piece_length)))
    info = {"name": "name.txt", "piece length": piece_length, **info}
    if "files" not in info:
        info["length"] = total
    return bencode({"info": {k.replace("_", " "): v for k, v in info.items()}, **dict(outer)})


def metainfo_seeds():
    yield torrent()
    yield torrent(private=1, outer={
        "announce": "http://tracker.example/announce", "comment": "c\x1b[31m", "created by": "x",
        "creation date": 1700000000, "url-list": ["http://seed.example/a b", -20],
        "nodes": [["127.0.0.1", 6881], ["router.example", 0]],
        "announce-list": [["http://a.example/", "udp://b.example:80"], ["ftp://c"], [" https://d/ "]]})
    yield torrent(outer={"url-list": "http://seed.example/", "httpseeds": ["http://x/"]})
    yield torrent(300, name="top", files=[
        file_of(100, "a"), file_of(100, "a", "b"), file_of(0, "a"), file_of(50, "..", "../../x"),
        file_of(14, ".pad", "14", attr="p"), file_of(36, "c", **{"path.utf-8": ["\u00e9"]})])
    yield torrent(6, 16384, name="..", files=[
        file_of(1, ""), file_of(1, "\u202egpj.exe"), file_of(1, b"\xc0\xae\xc0\xae"),
        file_of(1, "x" * 300 + ".txt"), file_of(1, "x" * 301 + ".txt"), file_of(1, "a\x00\x1b\x85b")])
    yield torrent(10, 16384, name="link", files=[
        file_of(10, "real"), {"attr": "l", "path": ["soft"], "symlink path": ["..", "x"]},
        {"attr": "lp", "length": 0}])
    for name in ("", "/", "\\", ".", "...", "a/b", "\x00", "\u200b"):
        yield torrent(name=name)
    yield torrent(1 << 48, 512 << 20, pieces="")
    yield torrent(piece_length=1, total=3)
    yield torrent(files=[])
    yield torrent(pieces="short")
    yield torrent(meta_version=2, outer={"piece layers": {}})
    yield torrent() + b"trailing"
    yield bencode({"info": []})


def local_discovery_seeds():
    head, hashes = b"BT-SEARCH * HTTP/1.1\r\n", b"Infohash: " + b"0aF" * 13 + b"1\r\n"
    yield head + b"Host: 239.192.152.143:6771\r\nPort: 6881\r\n" + hashes + b"cookie: x1\r\n\r\n\r\n"
    yield head + b"port:65535\n" + hashes + hashes.replace(b"0", b"9") + b"X: y\nnone\n\nPort: 1\n"
    yield head + b"Port: 65536\r\n" + hashes
    yield head + b"Port: 1\r\nInfohash: short\r\n\r\n"
    yield head + b"Port: 1\r\ncookie:" + b"c" * 100 + b"\r\n" + b"".join(
        b"Infohash: %040x\r\n" % n for n in range(25))
    yield b"NOTIFY * HTTP/1.1\r\nPort: 1\r\n" + hashes
    yield head.lower()


def magnet_seeds():
    digits, digits2 = b"c12fe1c06bba254a9dc9f519b335aa7c1367a88a", b"0f" * 32
    link = b"magnet:?xt=urn:btih:" + digits
    yield from (
        digits, digits.upper(), b"YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK", digits2, b"1220" + digits2, link,
        b"magnet:?xt=urn:btmh:1220" + digits2, b"magnet:?xt=urn:btmh:1221" + digits2, b"magnet:?",
        b"magnet:?xt=urn:btih:" + digits[1:], link + b"0", link + b"\n", b"magnet:" + digits, b"")
    yield link + b"&xt=urn:btih:" + digits2[:40]
    yield link + b"&xt=urn:btmh:1220" + digits2 + b"&dn=a+b%20c%2B&tr=http%3A%2F%2Ft%2Fa&tr.1=udp://u:1"
    yield link + b"&so=0,2,4,6-8,7-4,-4,3-,a,100000000,\"1\"&ws=http://w/a b&xs=http://127.0.0.1/"
    yield link + b"&x.pe=127.0.0.1:22&x.pe=1.2.3.4:80&x.pe=[2001:db8::1]:1&x.pe=host:1&x.pe=1.2.3.4:0"
    yield link + b"&dn=%zz&tr=%4&amp;tr=http://x/%&TR=http://y/&=&&x#f&dn=\xf7"


def paths_seeds():
    yield b"a\na\na|b\na.1\na|b|c\nb|c\nb"
    yield b"x.txt\nx.txt\nx.1.txt\nx.txt|y\n.hidden\n.hidden\n..\n.\n|\n../../etc|passwd"
    yield "\u202egpj.exe\n\u200b\n\ufeff|a\nCON\n\u00e9|\u20ac|\U0001f600".encode()
    yield b"\xc0\xae\xc0\xae|\xed\xa0\x80\nA\x00B\x1b[31m\x7f\xc2\x85\n\\a\\b\\\n//c//"
    yield b"n" * 260 + b".txt\n" + b"n" * 261 + b".txt\n" + b"n" * 255 + b"\n" + b"n" * 255
    yield "\u20ac".encode() * 90 + b"\n" + "\u20ac".encode() * 90
    yield b"|".join([b"d" * 250] * 14) + b"\n" + b"|".join([b"d"] * 150)


def codecs_seeds():
    yield from (
        b"JBSWY3DPEBLW64TMMQ", b"jbswy3dp", b"JBSWY3DPEBLW64TMMR", b"0011aAfF", b"abc", b"%41%zz%",
        b"1.2.3.4", b"::1", b"::ffff:1.2.3.4", b"fe80::1%1", b"1.2.3.4:80", b"[::1]:6881", b"[::1]",
        b"1:2:3:4:5:6:7:8", b"01.2.3.4", b"\x7f\0\0\1\x1a\xe1" * 3, b"\x20\1" + b"\0" * 15 + b"\1" * 21,
        b"\xc0\xae\xed\xa0\x80\xf4\x90\x80\x80\xf8", b"plain\x1b[31m\x7f\n", b"\xff\x80")
    yield "\u00e9\u20ac\U0001f600\u202e\u200b\ufeff\U000e0041\u0085".encode() + b"\\x1b \\u202e"
    yield b"x" * 199 + "\u20ac".encode() * 3
    yield b"\x13BitTorrent protocol" + b"\0\0\0\0\0\x10\0\x05" + b"h" * 20 + b"-XX0000-" + b"p" * 12


def command_line_seeds():
    lines = (
        "a.torrent", "-d dir -q a.torrent b.torrent -- -c", "--dir=x --peer 1.2.3.4:6881 --peer [::1]:1",
        "-vv -l log --log-level debug --summary-interval 1.5m --color never", "-h", "--help", "--version",
        "--listen-port 6881-6889 --max-peers 50 -j 3 -m 2h --stall-timeout 90", "--port 0", "--sed",
        "--tracker http://t.example/announce --exclude-tracker * --no-check-certificate", "--peer",
        "--no-dht --enable-pex --overwrite --no-overwrite --check-certificate", "--piece-length 256K",
        "--piece-length 1.5MiB", "--piece-length 1e300", "--piece-length -0", "-m inf", "-m nan",
        "-m 1e9", "-m 0x10", "--max-peers 4294967296", "--port 6889-6881", "--peer :80", "--peer a:b:1",
        "-dq", "-qdfolder", "-q=true", "--quiet=false", "--quiet=x", "--=x", "-", "--", "--\x1b[31m",
        "--dir ''", "@file", "--config x", "%s%n", "[section]", "--peer [1.2.3.4:1,1.2.3.4:2]")
    for line in lines:
        yield b"\0".join(word.replace("''", "").encode() for word in line.split(" ")) + b"\0"


def option_values_seeds():
    yield from (
        b"1", b"70001", b"4294967296", b"-1", b"+1", b"256K", b"1.5MiB", b"1gb", b"1e300", b"-0", b"0x10",
        b"1.", b".5", b"inf", b"nan", b"999999999999T", b"90s", b"1.5d", b"1000000001", b"30m", b"2h",
        b"6881-6889", b"6889-6881", b"0", b"0-0", b"65536", b"host:80", b"[::1]:80", b"[]:80", b"a:b:1",
        b":80", b"host:0", b"[[]:1", b"http://t.example/announce", b"udp://t:1", b"ftp://t", b"auto",
        b"always", b"never", b"\x1b[31m", b"\xff", b"")


def source_list_seeds():
    yield from (
        b"", b"# none\n", b"a.torrent\n\n# two\nb.torrent", b"a\r\n dir = /x y \r\n\tout=b=c\r\nb\r\n",
        b"\xef\xbb\xbfa\n --seed=true\n", b" dir=x\n", b"a\n dir\n", b"a\n =x\n", b"a\n -=x\n", b"a\tb\n",
        b"a\0b\n", b"a\n" + b"x" * 16385, b"dir=x\nmax-peers=50\n", b"\x1b[31m\n \xff\n", b"a\n b\x1b=c\n")


def extended_handshake_seeds():
    yield bencode({
        "m": {"ut_metadata": 1, "ut_pex": 2}, "metadata_size": 12345, "p": 6881, "reqq": 500,
        "v": "client 1.0", "yourip": b"\x7f\0\0\1", "upload_only": 1})
    yield bencode({"m": {"ut_pex": 0, "ut_metadata": 300}, "reqq": -1, "p": 65536, "v": "x" * 100})
    yield bencode({"yourip": b"\x20\1" + b"\0" * 14, "m": [], "v": 1, "reqq": 1 << 40})
    yield b"de"
    yield b"de trailing"


def metadata_message_seeds():
    for kind in (0, 1, 2, 3, -1):
        yield bencode({"msg_type": kind, "piece": 0})
    yield bencode({"msg_type": 1, "piece": 2, "total_size": 34256}) + b"x" * 100
    yield bencode({"msg_type": 1, "piece": 2}) + b"x"
    yield bencode({"msg_type": 1, "piece": 1 << 32, "total_size": -1})
    yield bencode({"msg_type": "0", "piece": [], "total_size": 1 << 62})
    yield b"d8:msg_typei0e8:msg_typei1e5:piecei0ee"


def pex_seeds():
    v4, v6 = b"\1\2\3\4\x1a\xe1", b"\x20\1" + b"\0" * 14 + b"\x1a\xe1"
    yield bencode({"added": v4 + b"\5" + v4[1:], "added.f": b"\2\x10", "dropped": b"\6" + v4[1:]})
    yield bencode({"added6": v6, "added6.f": b"\x1f", "dropped6": b"\x21" + v6[1:], "added": b"", "dropped": b""})
    yield bencode({"added": v4 * 2, "dropped": v4, "added6": b"\0" * 10 + b"\xff\xff" + v4})
    yield bencode({"added": b"".join(bytes((i, 1, 1, 1, 1, 1)) for i in range(1, 60)), "added.f": b"f" * 59})
    yield bencode({"added": v4[1:], "added.f": b""})
    yield bencode({"added": 5, "dropped": []})
    yield b"de"


def dht_messages():
    own, target = b"abcdefghij0123456789", b"mnopqrstuvwxyz123456"

    def query(method, **arguments):
        return bencode({"t": "aa", "y": "q", "q": method, "a": {"id": own, **arguments}})

    def answer(**values):
        return bencode({"t": "aaaa", "y": "r", "ip": b"\1\2\3\4\x1a\xe1", "r": {"id": own, **values}})

    yield query("ping")
    yield query("find_node", target=target, want=["n4", "n6", "x"])
    yield query("get_peers", info_hash=target)
    yield query("announce_peer", info_hash=target, port=6881, token="aoeusnth", implied_port=1)
    yield query("announce_peer", info_hash=target, port=65536, token="t" * 65)
    yield query("vote", target=target)
    yield answer()
    yield answer(nodes=(own + b"\1\2\3\4\x1a\xe1") * 17, nodes6=(own + b"\x20\1" * 9) * 2)
    yield answer(token="aoeusnth", values=[b"axje.u", b"idhtnm", b"\x20\1" * 9, "short", 5])
    yield answer(nodes="def456...", token=5, values={})
    yield bencode({"t": "aa", "y": "e", "e": [201, "A Generic Error Ocurred"]})
    yield bencode({"t": "aa", "y": "e", "e": {}})
    yield bencode({"t": "t" * 33, "y": "q", "q": "ping", "a": {"id": own}})
    yield b"d1:ad2:id30:" + own + own[:10] + b"e1:q4:ping1:t2:aa1:y1:qe"
    yield b"d" * 70
    yield b"d1:ad1:ad1:ad1:ad1:ad1:ad1:ad1:ad1:adeeeeeeeeeee"


def dht_packet_seeds():
    for message in dht_messages():
        yield message
        # Steps: a router, a search, the packet from two sources, answers, time.
        one, other = (b"\5" + n + struct.pack(">H", len(message)) + message for n in (b"\1", b"\4"))
        yield (b"\3\1\1\2\1\x1a\xe1" + one + other
               + bytes((7, 0, 9, 3, 1, 1, 5, 2, 6, 3, 2, 7, 11, 5)) + b"token" + b"\1\2\0\7\xd0" * 3)
    for seed in range(30):
        chance = random.Random(seed)
        yield bytes(chance.randrange(256) for _ in range(chance.randrange(60, 500)))
    own = b"abcdefghij0123456789"
    yield bencode({"format": 1, "id": own, "nodes": own + b"\1\2\3\4\x1a\xe1", "nodes6": "", "sum": own})


HEAD = b"HTTP/1.1 200 OK\r\n"


def http_reply_seeds():
    yield HEAD + b"Content-Length: 3\r\n\r\nabc"
    yield HEAD + b"\r\nuntil the end"
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"
    yield HEAD + b"Content-Length: 99999999999999999999\r\n\r\n"
    yield HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000
    yield HEAD + b"Content-Length: 1001\r\n\r\n"
    yield HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"
    yield HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b"
    yield HEAD + b"Content-Encoding: Identity\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"
    yield b"HTTP/1.0 404 Not Found\r\n\r\n<html>"
    yield b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 1\r\n\r\nx"
    for location in (b"http://127.0.0.2/x", b"/y?z", b"../q", b"//h/p", b"https://a:b@[::1]:1/", b"",
                     b"ftp://x/", b"file:///etc/passwd", b"\x1b[31m", b"http://x" + b"y" * 3000):
        for status in (b"301", b"307"):
            yield b"HTTP/1.1 " + status + b" Moved\r\nLocation: " + location + b"\r\n\r\n"
    yield b"HTTP/1.1 999 \x1b[31mWords\r\n\r\n"
    yield HEAD + b"X: " + b"y" * 17000 + b"\r\n\r\n"
    yield HEAD + b"X: folded\r\n  more\r\nlocation: /\r\n\r\n"
    yield b"\x16\x03\x01\x02\x00"
    yield b"HTTP/0.9"
    yield b""


def request_targets():
    query = b"info_hash=%68" + b"h" * 19 + b"&peer_id=" + b"p" * 20 + b"&port=6881"
    yield b"/announce?" + query
    yield b"/announce?" + query + b"&uploaded=1&downloaded=2&left=0&event=started&compact=1&numwant=5"
    yield b"/announce?" + query + b"&event=stopped&compact=0&no_peer_id=1&key=deadbeef&ip=1.2.3.4"
    yield b"/announce?" + query.replace(b"6881", b"65536")
    yield b"/announce?info_hash=%zz&peer_id=&port="
    yield b"/scrape?info_hash=" + b"%FF" * 20 + b"&info_hash=" + b"h" * 20
    yield b"/scrape"
    yield b"/other"
    yield b"?&&==%"


def tracker_server_seeds():
    for target in request_targets():
        yield b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"POST /announce HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"
    yield b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n"
    yield b"GET / HTTP/1.1\r\nX: " + b"y" * 9000
    yield b"\x13BitTorrent protocol"


def tracker_http_seeds():
    compact = b"\1\2\3\4\x1a\xe1" * 3
    yield bencode({"interval": 1800, "peers": compact})
    yield bencode({
        "interval": 1, "min interval": 900, "peers": compact + b"\0", "peers6": b"\x20\1" * 9,
        "complete": 5, "incomplete": 6, "tracker id": b"\xff" * 20, "warning message": "slow\x1b"})
    yield bencode({"interval": -5, "peers": [
        {"ip": "1.2.3.4", "port": 6881, "peer id": "p" * 20}, {"ip": "::1", "port": 0},
        {"ip": "host.example", "port": 1}, {"ip": 5}, 7]})
    yield bencode({"failure reason": "no \x1b[31m", "retry in": "never"})
    yield bencode({"failure reason": "later", "retry in": 10})
    yield bencode({"failure reason": 5, "retry in": 1 << 60})
    yield bencode({"interval": "x", "peers": 5})
    yield b"de"
    yield b"<html>404</html>"
    yield b"d14:failure reason119:short12:min intervali1800ee"


def packets(*parts):
    """(right transaction id, seconds that pass, packet)..."""
    return b"".join(bytes((len(p), right, seconds)) + p for right, seconds, p in parts)


def tracker_udp_seeds():
    connect = struct.pack(">IIQ", 0, 0, 0x1234567890)
    announce = struct.pack(">IIIII", 1, 0, 1800, 3, 4) + b"\1\2\3\4\x1a\xe1" * 2
    error = struct.pack(">II", 3, 0) + b"go away\x1b"
    for tail in (b"", b"\0"):
        yield packets((1, 0, connect), (1, 0, announce)) + tail
        yield packets((1, 5, connect), (1, 70, announce), (1, 0, connect), (1, 0, announce)) + tail
        yield packets((1, 0, connect), (1, 1, error)) + tail
        yield packets((1, 0, error)) + tail
        yield packets((0, 0, connect), (1, 0, connect[:8]), (1, 200, announce), (1, 0, b"")) + tail
        yield packets((1, 0, connect), (1, 0, announce[:19]), (1, 0, announce + b"tail")) + tail


def url_seeds():
    base = b"http://user:pa%20ss@tracker.example:8080/a/b/../c;d?q=1&passkey=0123456789abcdef0123\n"
    for location in (b"", b"/x", b"x/./y/../z", b"../../..", b"?q", b"#f", b"//other/x", b"udp://h:1",
                     b"https://[2001:db8::1]:443/", b"http:x", b"mailto:x", b"\\\\h", b"/a b\xc3\xa9"):
        yield base + location
    yield b"http://h/?%2E%2E%2E\nwait..."
    yield from (
        b"http://[::ffff:1.2.3.4]/", b"udp://t.example:6969/announce", b"HTTP://H.Example", b"http://h:0/",
        b"http://h:65536/", b"http://h:/", b"http://", b"http:///x", b"ftp://h/", b"javascript:x",
        b"http://a@b@c/", b"http://h/\x7f", b"http://h\x00/", b"http://xn--e1afmkfd.example/",
        b"http://h/" + b"x" * 2050, b"https://h/0123456789abcdef0123456789abcdef/announce", b"//h")


def message(number, payload=b""):
    return struct.pack(">IB", 1 + len(payload), number) + payload


def peer_stream():
    block = struct.pack(">II", 3, 16384)
    return b"".join((
        b"\0\0\0\0", message(5, b"\xff" * 9 + b"\xf8"), message(0), message(1), message(2), message(3),
        message(4, struct.pack(">I", 7)), message(6, block + struct.pack(">I", 16384)),
        message(7, block + b"data of a block"), message(8, block + b"\0\0\0\1"), message(9, b"\x1a\xe1"),
        message(13, b"\0\0\0\1"), message(14), message(15), message(16, block + b"\0\0\0\2"),
        message(17, b"\0\0\0\3"), message(20, b"\0de"), message(21, b"unknown"), message(99)))


def wire_reader_seeds():
    stream = peer_stream()
    for cut in (0, 1, 6, 255):
        yield bytes((cut,)) * len(stream) + stream
    for bad in (b"\xff\xff\xff\xff\7", message(5, b"\0"), message(4, b"12345"), message(7, b"1234567"),
                struct.pack(">IB", 16394, 7), struct.pack(">IB", 1 << 20, 20), message(0, b"x")):
        yield b"\3" * len(bad) + bad


def decisions(count):
    # Of the machines: most bytes mean something, so chance is as good a start as any.
    for seed in range(count):
        chance = random.Random(seed)
        yield bytes(chance.randrange(256) for _ in range(chance.randrange(60, 500)))


def swarm_seeds():
    yield from decisions(40)


def metadata_fetch_seeds():
    yield from decisions(20)


def resume_seeds():
    """The three kinds of input that resume_fuzz.cpp knows."""
    def record(kind, payload):
        return bytes([len(payload), kind]) + payload

    def be(*numbers):
        return b"".join(n.to_bytes(4, "big") for n in numbers)

    stamp = be(0) + bytes(8 * 4) + b"\1"
    yield b"\0bt-state" + bytes(88)
    yield b"\1" + record(1, bytes([0xff, 0xc0, 0xf0, 0]))
    yield b"\1" + record(2, be(2, 1, 9) + stamp)
    yield b"\1" + record(3, be(7, 16384, 1, 2, 3, 4, 5))
    yield b"\1" + record(2, be(1, 3)) + record(4, bytes(8)) + record(5, bytes(8) + stamp)
    yield b"\1" + record(6, stamp) + record(7, be(2)) + record(2, be(1, 10))
    yield b"\2" + bytes([0, 3, 9, 2, 0, 50, 0, 4, 60, 3, 0, 70, 1, 8, 1, 4, 2, 0, 5, 0, 0, 0, 1, 1])


TARGETS = {
    "bencode": bencode_seeds,
    "codecs": codecs_seeds,
    "command_line": command_line_seeds,
    "dht_packet": dht_packet_seeds,
    "extended_handshake": extended_handshake_seeds,
    "http_reply": http_reply_seeds,
    "local_discovery": local_discovery_seeds,
    "magnet": magnet_seeds,
    "metadata_fetch": metadata_fetch_seeds,
    "metadata_message": metadata_message_seeds,
    "metainfo": metainfo_seeds,
    "option_values": option_values_seeds,
    "paths": paths_seeds,
    "pex": pex_seeds,
    "resume": resume_seeds,
    "source_list": source_list_seeds,
    "swarm": swarm_seeds,
    "tracker_http": tracker_http_seeds,
    "tracker_query": request_targets,
    "tracker_server": tracker_server_seeds,
    "tracker_udp": tracker_udp_seeds,
    "url": url_seeds,
    "wire_reader": wire_reader_seeds,
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for target, seeds in TARGETS.items():
        folder = Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(seeds()):
            (folder / f"seed-{number:02}").write_bytes(data)


if __name__ == "__main__":
    main()
