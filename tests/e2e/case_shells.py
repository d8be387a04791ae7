"""Completions as the shells themselves give them, and the manual page as its readers see it."""
import shutil
import subprocess
from pathlib import Path

from cases import case
from harness import BT, check, same

PAGES = Path(BT).resolve().parent / "pages"


def script_of(lab, shell):
    process = lab.run_bt("completions", shell)
    same((process.code, process.err), (0, ""), f"bt completions {shell}")
    path = lab.path("scripts") / f"bt.{shell}"
    path.write_text(process.out)
    return path


def place(lab):
    """A folder with things to complete."""
    folder = lab.path("place")
    for name in ("one.torrent", "two words.torrent", "other.txt"):
        (folder / name).touch()
    lab.path("place", "sub")
    return folder


def output_of(lab, argv, folder):
    done = subprocess.run(argv, cwd=folder, env=lab.env, capture_output=True, text=True, timeout=20)
    same((done.returncode, done.stderr), (0, ""), f"{argv}")
    return done.stdout.splitlines()


@case("Completions.OfBash", "quick")
def of_bash(lab):
    script, folder = script_of(lab, "bash"), place(lab)
    program = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bt; '
               '[ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\\n" "${COMPREPLY[@]}"')

    def complete(*words):
        argv = ["bash", "--norc", "-c", program, script, "bt", *words]
        return sorted(output_of(lab, argv, folder))

    same(complete("--sy"), ["--sync"], "an option")
    same(complete("--sync", ""), ["full", "none"], "its values")
    same(complete("--sync", "=", "f"), ["full"], "a value behind an equals sign")
    same(complete("ver"), ["verify"], "a command")
    same(complete("seed", "--run"), ["--run-tracker"], "an option of a command")
    same(complete("info", "--run"), [], "an option of another command")
    same(complete("t"), ["two words.torrent"], "a torrent")
    same(complete("verify", ""), ["one.torrent", "sub", "two words.torrent"], "torrents, folders")
    same(complete("-P", ""), ["sub"], "folders, of an alias")
    same(complete("-l", "o"), ["one.torrent", "other.txt"], "files")
    same(complete("--peer", ""), [], "what nobody can know")
    same(complete("completions", ""), ["bash", "fish", "zsh"], "shells")


@case("Completions.OfFish")
def of_fish(lab):
    script, folder = script_of(lab, "fish"), place(lab)
    if shutil.which("fish") is None:
        print("fish is not installed: its completions were only printed")
        return

    def complete(line):
        argv = ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"]
        return sorted(word.split("\t")[0] for word in output_of(lab, argv, folder))

    same(complete("bt --sy"), ["--sync"], "an option")
    same(complete("bt --sync "), ["full", "none"], "its values")
    same(complete("bt seed --run"), ["--run-tracker"], "an option of a command")
    same(complete("bt ver"), ["verify"], "a command")
    same(complete("bt -d "), ["sub/"], "folders")
    check("one.torrent" in complete("bt verify "), "no torrent")


@case("Completions.OfZsh")
def of_zsh(lab):
    script, folder = script_of(lab, "zsh"), place(lab)
    if shutil.which("zsh") is None:
        print("zsh is not installed: its completions were only printed")
        return
    output_of(lab, ["zsh", "-f", "-n", script], folder)
    # What _bt tells _arguments, without the line editor that _arguments itself wants.
    program = ('autoload -U is-at-least; _arguments() { print -rl -- "$@" }; _describe() { : }; '
               'compdef() { : }; . "$0"; words=(bt "$@"); CURRENT=$(($# + 1)); _bt')

    def told(*words):
        return "\n".join(output_of(lab, ["zsh", "-f", "-c", program, script, *words], folder))

    check("--sync" in told("") and "(full none)" in told(""), "no --sync")
    check("--run-tracker" in told("seed", ""), "no --run-tracker")
    check("--run-tracker" not in told("info", ""), "an option of another command")


@case("Manual.IsReadWithoutAWarning")
def manual(lab):
    page = PAGES / "bt.1"
    check(page.stat().st_size > 5000, "the page is all but empty")
    readers = {"mandoc": ["mandoc", "-Tlint", "-W", "warning", page],
               "groff": ["groff", "-t", "-man", "-Tutf8", "-ww", "-z", page]}
    for name, argv in readers.items():
        if shutil.which(name):
            same(output_of(lab, argv, lab.folder), [], f"warnings of {name}")
