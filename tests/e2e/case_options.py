"""Options as people write them: other names, habits from aria2, slips, and what the help says."""
import re

from case_select import Swarm
from cases import case
from harness import check, same
from torrents import KIB, check_same_tree, make_payload

COMMANDS = ("", "info", "verify", "create", "seed", "completions")
FILM = ("film.bin", 16 * KIB, 100 * KIB)


@case("Options.OtherNamesDoTheSame", "quick")
def other_names(lab):
    swarm = Swarm(lab, FILM)
    bare = swarm.torrent.write(lab.folder / "bare.torrent")
    for number, folder in enumerate(("-P", "--output-dir")):
        out = lab.path(f"out{number}")
        run = lab.run_bt(folder, out, "--bt-tracker", swarm.tracker.url, "--enable-dht=false",
                         "--enable-peer-exchange=false", "--bt-enable-lpd=false",
                         "--bt-max-peers=50", "--check-certificate=false",
                         "--bt-stop-timeout=60", "--file-allocation=prealloc", bare, timeout=30)
        same(run.code, 0, f"exit status ({run.err})")
        check("--no-check-certificate" in run.err, "no warning of what is trusted")
        check_same_tree(swarm.torrent, out)


@case("Options.HabitsFromAria2DoNoHarm", "quick")
def habits(lab):
    swarm = Swarm(lab, FILM)
    harmless = ["-x16", "-s", "16", "-k1M", "--console-log-level=warn", "--auto-file-renaming=false",
                "--allow-overwrite=true", "--log-level=notice", "--file-allocation=trunc",
                "--bt-save-metadata=true", "--follow-torrent=mem", "--bt-seed-unverified=true",
                "--bt-hash-check-seed=true", "--bt-remove-unselected-file=true",
                "--human-readable=true", "--show-console-readout=false", "--disable-ipv6=false",
                "--bt-require-crypto=false", "--user-agent=mine/1.0"]
    run = lab.run_bt("-v", *harmless, "-d", swarm.out, swarm.source, timeout=30)
    same(run.code, 0, f"exit status ({run.err})")
    same(run.err.count("--max-connection-per-server has no meaning for BitTorrent"), 1, "the note")
    check_same_tree(swarm.torrent, swarm.out)
    swarm.out = lab.path("quiet")
    swarm.run("-x16", "--split=5")
    check("--split" not in swarm.last.err, f"told without -v: {swarm.last.err}")
    for option in ("--disable-ipv6", "--bt-require-crypto=true", "--timeout=5", "--max-tries=3",
                   "--retry-wait=1", "--follow-torrent=false", "--user-agent=a\nb"):
        swarm.run(option, code=28)
        check(option.split("=")[0] in swarm.last.err, swarm.last.err)
    for command in COMMANDS:
        text = lab.run_bt(*command.split(), "--help-all").out
        check("--split" not in text, f"the help of {command!r} tells of what does nothing")


@case("Options.ASlipIsAnsweredWithWhatWasMeant", "quick")
def slips(lab):
    for words, meant in ((("--seed-tim=3", "x.torrent"), "--seed-time"),
                         (("--directory", "x", "x.torrent"), "--dir"),
                         (("--max-peer=3", "x.torrent"), "--max-peers"),
                         (("--sync=ful", "x.torrent"), "full"), (("verfy", "x.torrent"), "verify"),
                         (("seed", "--max-tim=3s", "x.torrent"), "--max-time")):
        run = lab.run_bt(*words)
        same(run.code, 28, f"exit status of {words}")
        check(f"did you mean {meant}?" in run.err, f"{words}: {run.err!r}")
    run = lab.run_bt("--dir")
    same((run.code, run.err), (28, "bt: --dir needs a value: DIR\n"), "an option without its value")


@case("Options.NothingBehindAnEqualsSignIsEmpty", "quick")
def empty_values(lab):
    torrent = make_payload(lab.path("seed"), FILM)
    source = torrent.write(lab.folder / "x.torrent")
    for option in ("--out=", "--dir=", "--exclude=", "--select-file=", "--tracker=", "--log=",
                   "--max-peers=", "--conf-path="):
        run = lab.run_bt("--dry-run", option, source)
        same(run.code, 28, f"exit status of {option}")
        check(option[:-1] in run.err and "no SOURCE" not in run.err, f"{option}: {run.err!r}")
    run = lab.run_bt("--dry-run", source, env={"BT_DIR": ""})
    same(run.code, 0, f"exit status with an empty variable ({run.err})")


@case("Options.HelpFitsAScreen", "quick")
def help_fits(lab):
    for command in COMMANDS:
        for option in ("--help", "--help-all"):
            run = lab.run_bt(*command.split(), option)
            same((run.code, run.err), (0, ""), f"exit status and complaints of {command} {option}")
            lines = run.out.splitlines()
            wide = [line for line in lines if len(line) > 80]
            same(wide, [], f"lines of bt {command} {option} above 80 columns")
            if option == "--help":
                check(len(lines) <= 50, f"{len(lines)} lines of bt {command} --help")
    check(re.search(r"--seed-time T +seed for", lab.run_bt("seed", "--help").out),
          "what a time is for is not said where it stands by itself")


@case("Options.ATildeInAListIsHome", "quick")
def tilde(lab):
    swarm = Swarm(lab, FILM)
    home = lab.path("home")
    swarm.source.rename(home / "x.torrent")
    (lab.folder / "list").write_text("~/x.torrent\n  dir=~/films\n")
    run = lab.run_bt("-i", "list", timeout=30)
    same(run.code, 0, f"exit status ({run.err})")
    check_same_tree(swarm.torrent, home / "films")


@case("Options.AFolderInTheWayIsCalledOne", "quick")
def folder_in_the_way(lab):
    swarm = Swarm(lab, FILM)
    (swarm.out / "film.bin").mkdir()
    for options in ((), ("--overwrite",)):
        swarm.run(*options, code=13)
        check("is a folder in the way" in swarm.last.err, swarm.last.err)
        check("--overwrite replaces" not in swarm.last.err, swarm.last.err)
