"""The checker is checked: a small house that keeps the rules passes, and each kind of breach is seen."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from house import MAX_LINES, House

HEADER = "// What it is.\n#pragma once\n"
SOUND = {
    "include/bt/core/bytes.hpp": HEADER,
    "include/bt/wire/message.hpp": HEADER + '#include "bt/core/bytes.hpp"\n',
    "include/bt/swarm/swarm.hpp": HEADER + '#include "bt/wire/message.hpp"\n',
    "include/bt/tracker/announce.hpp": HEADER,
    "include/bt/net/asio.hpp": HEADER + "#include <boost/asio.hpp>\n",
    "include/bt/disk/pool.hpp": HEADER + "#include <thread>\n",
    "include/bt/session/session.hpp": HEADER + '#include "bt/net/asio.hpp"\n',
    "src/session/torrent.hpp": HEADER,
    "src/cli/main.cpp": '#include "bt/session/session.hpp"\n// sleep_for, std::mutex and ::now()\n',
    "src/swarm/swarm.cpp": '#include "bt/swarm/swarm.hpp"\n#include "swarm/picker.hpp"\n'
                           'const char* text = "fopen(";\nconstexpr int kMany = 1\'000\'000;\n',
    "src/swarm/picker.hpp": HEADER + "#include <chrono>\n",
    "src/swarm/CMakeLists.txt": "bt_folder(swarm SOURCES swarm.cpp DEPENDS core wire LIBRARIES x)\n",
    "tests/unit/swarm/swarm_test.cpp": '#include "bt/swarm/swarm.hpp"\n',
}

# (what it is, file, text put at its end, what the checker says of it)
BREACHES = [
    ("a higher floor", "include/bt/core/bytes.hpp", '#include "bt/net/asio.hpp"', "may not use net/"),
    ("a neighbour", "src/swarm/swarm.cpp", '#include "bt/tracker/announce.hpp"',
     "may not use tracker/"),
    ("a neighbour, the other way", "include/bt/wire/message.hpp",
     '#include "bt/swarm/swarm.hpp"', "may not use swarm/"),
    ("disk and net apart", "include/bt/disk/pool.hpp", '#include "bt/net/asio.hpp"',
     "may not use net/"),
    ("another's private header", "src/cli/main.cpp", '#include "session/torrent.hpp"',
     "a private header of session/"),
    ("a link to a higher floor", "src/wire/CMakeLists.txt", "bt_folder(wire SOURCES DEPENDS net)",
     "may not use net/"),
    ("a file without a floor", "src/util/misc.cpp", "", "no folder that has a floor"),
    ("a file beside the folders", "src/misc.cpp", "", "no folder that has a floor"),
    ("an include of nothing", "src/cli/main.cpp", '#include "bt/core/nothing.hpp"',
     "does not exist"),
    ("a cycle of files", "src/swarm/picker.hpp", '#include "bt/swarm/swarm.hpp"\n', None),
    ("Asio", "src/swarm/swarm.cpp", "#include <boost/asio/ip/tcp.hpp>", "no Asio below"),
    ("Beast", "src/wire/x.cpp", "#include <boost/beast/http.hpp>", "no Asio below"),
    ("a thread", "src/swarm/swarm.cpp", "#include <thread>", "no threads below"),
    ("a mutex", "src/swarm/swarm.cpp", "#include <mutex>", "no threads below"),
    ("a mutex without its header", "src/swarm/swarm.cpp", "std::mutex m;", "threads in a machine"),
    ("an atomic", "include/bt/core/bytes.hpp", "#include <atomic>", "no atomics below"),
    ("a clock", "src/swarm/swarm.cpp", "auto t = std::chrono::steady_clock::now();",
     "a clock in a machine"),
    ("a clock of C", "src/swarm/swarm.cpp", "#include <ctime>", "no clocks below"),
    ("a random device", "src/swarm/swarm.cpp", "std::random_device device;",
     "a random device in a machine"),
    ("a stream of a file", "src/swarm/swarm.cpp", "#include <fstream>", "no files below"),
    ("a path", "src/swarm/swarm.cpp", "#include <filesystem>", "no files below"),
    ("a file of C", "src/swarm/swarm.cpp", 'auto* f = fopen("x", "r");', "a file in a machine"),
    ("a system header", "src/swarm/swarm.cpp", "#include <sys/stat.h>", "no system calls below"),
    ("unistd", "src/swarm/swarm.cpp", "#include <unistd.h>", "no files below"),
    ("a socket", "src/swarm/swarm.cpp", "#include <netinet/in.h>", "no sockets below"),
    ("a log", "src/swarm/swarm.cpp", "#include <spdlog/spdlog.h>", "no logs below"),
    ("detached", "src/cli/main.cpp", "co_spawn(io, f(), asio::detached);", "swallows exceptions"),
    ("shared_from_this", "src/cli/main.cpp", "auto p = shared_from_this();", "hides the owner"),
    ("use_awaitable", "src/cli/main.cpp", "co_await f(net::use_awaitable);", "costs a frame"),
    ("a capturing coroutine lambda", "src/cli/main.cpp",
     "auto f = [this](int x) -> net::awaitable<void> { co_return; };", "lambda with captures"),
    ("a capturing lambda in an await", "src/cli/main.cpp",
     "co_await run(io, [&] { return 1; });", "inside a co_await"),
    ("an await in a condition", "src/cli/main.cpp", "if (!co_await f()) co_return;",
     "inside a condition"),
    ("an await behind an and", "src/cli/main.cpp", "return a && co_await f();",
     "inside a condition"),
    ("a test that sleeps", "tests/unit/swarm/swarm_test.cpp",
     "std::this_thread::sleep_for(1ms);", "a test that sleeps"),
    ("a long file", "src/cli/main.cpp", "\n" * MAX_LINES, "look for the second thing"),
    ("a header without pragma once", "include/bt/core/x.hpp", "// What it is.\n", "#pragma once"),
    ("a header that says nothing", "include/bt/core/x.hpp", "#pragma once\n", "open by saying"),
]


class HouseTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def house(self, files):
        root = Path(tempfile.mkdtemp(dir=self.folder.name))
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return House(root).check()

    def test_a_sound_house_has_no_breach(self):
        self.assertEqual(self.house(SOUND), [])

    def test_each_kind_of_breach_is_seen(self):
        for what, name, text, said in BREACHES:
            with self.subTest(what):
                files = dict(SOUND)
                files[name] = files.get(name, "") + text + "\n"
                if what == "a cycle of files":
                    files["include/bt/swarm/swarm.hpp"] += '#include "swarm/picker.hpp"\n'
                    said = "a cycle of files: "
                breaches = self.house(files)
                self.assertTrue(any(b.startswith(name + ":") or "cycle" in b for b in breaches),
                                breaches)
                self.assertTrue(any(said in b for b in breaches), breaches)

    def test_a_cycle_of_folders_is_seen(self):
        files = dict(SOUND)
        files["include/bt/wire/x.hpp"] = HEADER + '#include "bt/swarm/swarm.hpp"\n'
        self.assertTrue(any("a cycle of folders: " in b for b in self.house(files)))

    def test_what_comments_and_literals_say_is_no_breach(self):
        files = dict(SOUND)
        files["src/swarm/picker.cpp"] = ('// #include <mutex>\n/* std::thread\n use_awaitable */\n'
                                         'auto s = R"x(::now( fopen()x";\nauto t = "detached";\n')
        self.assertEqual(self.house(files), [])

    def test_the_program_fails_on_the_real_tree_with_one_bad_include(self):
        here = Path(__file__).resolve().parent
        root = Path(self.folder.name) / "copy"
        for top in ("src", "include"):
            shutil.copytree(here.parents[1] / top, root / top)
        with open(root / "src/core/endpoint.cpp", "a", encoding="utf-8") as file:
            file.write("#include <mutex>\n")
        run = subprocess.run([sys.executable, here / "house.py", root], capture_output=True,
                             text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stdout, r"src/core/endpoint\.cpp:\d+: <mutex> in a machine")


if __name__ == "__main__":
    unittest.main()
