"""The rules of the house as a program: floors, cycles, the purity of the machines, bans, sizes.

    house.py [ROOT]      prints one line for each breach; the exit status is 1 if there is one

A file of folder F lies in src/F or include/bt/F. F may include folders of a lower floor, and of its own
floor only what NEIGHBOURS names.
"""
import re
import sys
from pathlib import Path

FLOOR = {
    "core": 0,
    "bencode": 1, "crypto": 1, "text": 1,
    "metainfo": 2, "wire": 2, "tracker": 2, "dht": 2, "utp": 2, "swarm": 2, "resume": 2,
    "disk": 3, "net": 3,
    "session": 4,
    "cli": 5,
}
NEIGHBOURS = {"swarm": {"wire", "metainfo"}, "resume": {"metainfo"}}
PURE_FLOOR = 2
MAX_LINES = 400
LONG_FILES: set[str] = set()

# What a machine must not name: the header or the text, and what it stands for.
IMPURE_HEADERS = [
    (r"boost/(asio|beast)", "Asio"),
    (r"(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|"
     r"pthread\.h)$", "threads"),
    (r"(atomic|stdatomic\.h)$", "atomics"),
    (r"(fstream|filesystem|fcntl\.h|unistd\.h|dirent\.h)$", "files"),
    (r"(sys|linux)/", "system calls"),
    (r"(netinet|arpa|net)/|netdb\.h$", "sockets"),
    (r"(iostream|spdlog/|syslog\.h)", "logs"),
    (r"(ctime|time\.h)$", "clocks"),
]
IMPURE_TEXT = [
    (r"::now\s*\(", "a clock"),
    (r"\b(clock_gettime|gettimeofday|std::time\s*\()", "a clock"),
    (r"\brandom_device\b|\b(getrandom|s?rand)\s*\(", "a random device"),
    (r"\b(fopen|std::ifstream|std::ofstream|std::filesystem)\b", "a file"),
    (r"\bstd::(thread|jthread|mutex|atomic|async)\b|\bthread_local\b", "threads"),
    (r"\bspdlog::", "a log"),
    (r"\b(asio|beast)::", "Asio"),
    (r"\bgetenv\s*\(", "the environment"),
]
# Everywhere: what hides an owner, swallows an exception or costs a frame per await.
BANS = [
    (r"\bdetached\b", "asio::detached swallows exceptions: use the task group"),
    (r"\b(enable_)?shared_from_this\b", "shared_from_this hides the owner"),
    (r"\buse_awaitable\b", "use_awaitable costs a frame for each await: use kAwait"),
    (r"\[[^\[\]]+\]\s*(\([^()]*\))?\s*(mutable|noexcept|\s)*->\s*[\w:]*\bawaitable\s*<",
     "a coroutine lambda with captures: the lambda may die before its frame"),
    (r"\bco_await\b[^;{}]*[(,={\s]\[[^\[\]]+\]\s*[({]",
     "a lambda with captures inside a co_await expression"),
    (r"\b(if|while)\s*\(\s*!?\s*\(*co_await\b|(&&|\|\||\?)\s*!?co_await\b",
     "a co_await inside a condition: GCC 12 destroys its awaitable twice; name the result first"),
]
TEST_BANS = [
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w])sleep\s*\(", "a test that sleeps"),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
CODE_SUFFIXES = {".cpp", ".hpp", ".h", ".cc", ".ipp"}


def without_comments(text):
    """The text with comments and the insides of literals blanked, line numbers kept."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'',
        re.S)

    def blank(match):
        found = match.group()
        if found[0] == "'" and match.start() and text[match.start() - 1].isalnum():
            return found  # the separator of digits: 1'000'000
        return re.sub(r"[^\n]", " ", found)

    return token.sub(blank, text)


class File:
    def __init__(self, root, path):
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.code = without_comments(self.text)
        parts = self.name.split("/")
        self.folder = None
        if parts[0] == "src":
            self.folder = parts[1] if len(parts) > 2 else ""
        elif parts[:2] == ["include", "bt"]:
            self.folder = parts[2] if len(parts) > 3 else ""
        elif parts[0] == "include":
            self.folder = ""

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """(line, in quotes, path) of every include that is no comment."""
        for match in INCLUDE.finditer(self.text):
            if self.code[match.start():match.start(1)].strip():
                yield self.line(match.start(1)), match.group(1) == '"', match.group(2)

    def matches(self, pattern):
        for match in re.finditer(pattern, self.code):
            yield self.line(match.start())


class House:
    def __init__(self, root):
        self.root = Path(root)
        self.breaches = []
        self.sources = self.read("src") + self.read("include")
        self.tests = self.read("tests")
        self.by_name = {f.name: f for f in self.sources}

    def read(self, top):
        paths = sorted(p for p in (self.root / top).rglob("*")
                       if p.suffix in CODE_SUFFIXES and p.is_file())
        return [File(self.root, p) for p in paths]

    def breach(self, file, line, text):
        self.breaches.append(f"{file}:{line}: {text}")

    def target(self, file, path):
        """The file of the tree that an include means, or None if it is not ours."""
        public = "include/" + path
        private = "src/" + path
        beside = file.name.rsplit("/", 1)[0] + "/" + path
        return next((n for n in (public, private, beside) if n in self.by_name), None)

    def check(self):
        edges = {f.name: [] for f in self.sources}
        for file in self.sources:
            self.check_place(file)
            self.check_includes(file, edges)
            if FLOOR.get(file.folder, PURE_FLOOR + 1) <= PURE_FLOOR:
                self.check_purity(file)
        for file in self.sources + self.tests:
            self.check_form(file)
        for file in self.tests:
            for pattern, why in TEST_BANS:
                for line in file.matches(pattern):
                    self.breach(file.name, line, why)
        self.check_cycles(edges, "files")
        folders = {f: set() for f in FLOOR}
        for name, targets in edges.items():
            folder = self.by_name[name].folder
            if folder in folders:
                folders[folder] |= {self.by_name[t].folder for t in targets} - {folder}
        self.check_cycles({f: sorted(t & FLOOR.keys()) for f, t in folders.items()}, "folders")
        self.check_links()
        return self.breaches

    def check_place(self, file):
        if file.folder not in FLOOR:
            self.breach(file.name, 1, "lies in no folder that has a floor")

    def check_includes(self, file, edges):
        for line, quoted, path in file.includes():
            ours = self.target(file, path)
            if ours is None:
                if path.startswith("bt/") or (quoted and path.split("/")[0] in FLOOR):
                    self.breach(file.name, line, f"includes {path}, which does not exist")
                continue
            edges[file.name].append(ours)
            folder = self.by_name[ours].folder
            if folder == file.folder or file.folder not in FLOOR or folder not in FLOOR:
                continue
            if ours.startswith("src/"):
                self.breach(file.name, line, f"includes {path}, a private header of {folder}/")
            self.check_floor(file.name, line, file.folder, folder)

    def check_floor(self, name, line, here, there):
        if FLOOR[there] < FLOOR[here] or there in NEIGHBOURS.get(here, ()):
            return
        self.breach(name, line, f"{here}/ (floor {FLOOR[here]}) may not use {there}/ "
                                f"(floor {FLOOR[there]})")

    def check_links(self):
        """The link graph is held to the floors as well."""
        for path in sorted((self.root / "src").glob("*/CMakeLists.txt")):
            name = path.relative_to(self.root).as_posix()
            for match in re.finditer(r"bt_folder\((\w+)\b([^)]*)\)", path.read_text()):
                depends = re.search(r"\bDEPENDS\b((?:\s+(?!LIBRARIES|SOURCES)\S+)*)", match[2])
                for there in depends[1].split() if depends else []:
                    if match[1] in FLOOR and there in FLOOR:
                        self.check_floor(name, 1, match[1], there)
                    else:
                        self.breach(name, 1, f"links {match[1]}/ to {there}/, which has no floor")

    def check_purity(self, file):
        for line, _, path in file.includes():
            for pattern, what in IMPURE_HEADERS:
                if re.match(pattern, path):
                    self.breach(file.name, line, f"<{path}> in a machine: no {what} below floor 3")
        for pattern, what in IMPURE_TEXT:
            for line in file.matches(pattern):
                self.breach(file.name, line, f"{what} in a machine")

    def check_form(self, file):
        for pattern, why in BANS:
            for line in file.matches(pattern):
                self.breach(file.name, line, why)
        lines = file.text.count("\n")
        if lines > MAX_LINES and file.name not in LONG_FILES:
            self.breach(file.name, lines, f"{lines} lines: look for the second thing in it")
        if file.name.endswith(".hpp"):
            if not re.search(r"^#pragma once$", file.text, re.M):
                self.breach(file.name, 1, "a header without #pragma once")
            if not file.text.startswith("//"):
                self.breach(file.name, 1, "a header that does not open by saying what it is")

    def check_cycles(self, edges, what):
        state = {}
        for start in edges:
            if start in state:
                continue
            state[start] = "open"
            path, todo = [start], [iter(edges[start])]
            while todo:
                following = next(todo[-1], None)
                if following is None:
                    state[path.pop()] = "done"
                    todo.pop()
                elif state.get(following) == "open":
                    ring = path[path.index(following):] + [following]
                    self.breach(following, 1, f"a cycle of {what}: " + " -> ".join(ring))
                elif following not in state:
                    state[following] = "open"
                    path.append(following)
                    todo.append(iter(edges.get(following, ())))


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    house = House(root)
    breaches = house.check()
    print("\n".join(breaches) or f"{len(house.sources)} files keep the rules")
    return 1 if breaches or not house.sources else 0


if __name__ == "__main__":
    sys.exit(main())
