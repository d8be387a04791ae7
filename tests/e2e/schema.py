"""The schema of --json, as README.md has it: the keys of every event, in order, and what they hold."""
import json
import math

from harness import check, same

HEX = "hex"          # an info-hash
OPTIONAL_HEX = "hex or null"
TEXT = "text"
OPTIONAL_TEXT = "text or null"
COUNT = "count"      # a whole number of at least 0
NUMBER = "number"
OPTIONAL_COUNT = "count or null"
BOOLEAN = "boolean"

FILE = {"index": COUNT, "path": TEXT, "length": COUNT, "selected": BOOLEAN}
ROW = {"source": TEXT, "info_hash": OPTIONAL_HEX, "name": OPTIONAL_TEXT, "code": COUNT,
       "message": OPTIONAL_TEXT, "path": OPTIONAL_TEXT, "length": COUNT, "done": COUNT}
EVENTS = {
    "start": {"source": TEXT},
    "metadata": {"source": TEXT, "name": TEXT, "length": COUNT, "piece_length": COUNT,
                 "pieces": COUNT, "files": [FILE]},
    "checked": {"pieces_valid": COUNT, "pieces": COUNT, "seconds": NUMBER},
    "progress": {"state": TEXT, "done": COUNT, "total": COUNT, "down_rate": COUNT,
                 "up_rate": COUNT, "uploaded": COUNT, "peers": COUNT, "seeds": COUNT,
                 "eta": OPTIONAL_COUNT},
    "file_complete": {"index": COUNT, "path": TEXT},
    "complete": {"path": TEXT, "length": COUNT, "seconds": NUMBER, "down_rate": COUNT,
                 "uploaded": COUNT},
    "error": {"source": TEXT, "code": COUNT, "message": TEXT},
    "summary": {"code": COUNT, "torrents": [ROW]},
}
STATES = {"metadata", "checking", "downloading", "syncing", "seeding", "finished", "failed",
          "stopped"}


def fits(value, kind):
    if value is None:
        return kind.endswith("or null")
    if kind in (HEX, OPTIONAL_HEX):
        return isinstance(value, str) and len(value) == 40 and set(value) <= set("0123456789abcdef")
    if kind in (COUNT, OPTIONAL_COUNT):
        return type(value) is int and value >= 0
    if kind == NUMBER:
        return type(value) in (int, float) and math.isfinite(value) and value >= 0
    return isinstance(value, bool if kind == BOOLEAN else str)


def check_object(value, wanted, where):
    same(list(value), list(wanted), f"the keys of {where}")
    for key, kind in wanted.items():
        if isinstance(kind, list):
            for item in value[key]:
                check_object(item, kind[0], f"{where}.{key}")
        else:
            check(fits(value[key], kind), f"{where}.{key} is {value[key]!r}, not {kind}")


def read_events(out, code):
    """The events of a run, each held against the schema, and their order against what is promised."""
    check(out.endswith(b"\n"), "the last line has no end")
    events = [json.loads(line.decode("utf-8"), object_pairs_hook=strict)
              for line in out.splitlines()]
    same(out.count(b"\n"), len(events), "lines")
    begun, before = {}, 0
    for event in events:
        kind = event.get("type")
        check(kind in EVENTS, f"an unknown type: {event}")
        named = {"info_hash": HEX} if "info_hash" in event else {}
        check_object(event, {"type": TEXT, "time": NUMBER, **named, **EVENTS[kind]}, kind)
        check(event["time"] >= before, "the time goes backwards")
        before = event["time"]
        if kind == "progress":
            check(event["state"] in STATES, f"the state {event['state']}")
        check_order(event, kind, begun)
    same([e["type"] for e in events].count("summary"), 1, "summaries")
    same(events[-1]["type"], "summary", "the last event")
    same(events[-1]["code"], code, "the code of the summary beside the exit status")
    return events


def check_order(event, kind, begun):
    if kind in ("start", "error", "summary"):
        return
    check("info_hash" in event, f"{kind} without an info-hash")
    seen = begun.setdefault(event["info_hash"], [])
    if kind == "metadata":
        seen.clear()
    elif event.get("state") == "metadata":
        check("metadata" not in seen, "a wait for metadata that is there")
        return
    else:
        check("metadata" in seen, f"{kind} before metadata")
    if kind in ("file_complete", "complete"):
        check("checked" in seen, f"{kind} before checked")
    if kind in ("progress", "checked", "file_complete"):
        check("complete" not in seen or event.get("state") == "seeding", f"{kind} behind complete")
    seen.append(kind)


def strict(pairs):
    check(len({k for k, _ in pairs}) == len(pairs), f"a key twice in {pairs}")
    return dict(pairs)


def of_type(events, kind):
    return [e for e in events if e["type"] == kind]
