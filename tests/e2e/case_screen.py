"""What a person sees: screens of a terminal emulator, and lines in a pipe."""
import re

from cases import case
from harness import BT, check, same
from peers import Seeder
from screens import Terminal, bt_on_terminal, check_no_wider
from torrents import KIB, make_payload
from trackers import RawTracker, http, reply

SEEDER = ("10.77.0.21", 7021)
TRACKER = ("10.77.0.22", 7022)
PLACE = f"{SEEDER[0]}:{SEEDER[1]}"
CONTROL_C = b"\x03"


def torrent_of(lab, name, size=512 * KIB, seed=1):
    torrent = make_payload(lab.path("payload"), (name, 16 * KIB, size), name=name, seed=seed)
    return torrent, torrent.write(lab.folder / f"{torrent.hex}.torrent")


def half_done(lab, name="a-film-of-some-length-1080p.mkv"):
    """A torrent whose only seeder stops in the middle, and what downloads it."""
    torrent, path = torrent_of(lab, name)
    seeder = Seeder(lab, torrent, *SEEDER, hold_after=16)
    return seeder, ["-d", lab.path("out"), "--peer", PLACE, path]


def has_progress(lines):
    return any("50.0%" in line for line in lines)


@case("Screen.FitsEveryWidth", "quick")
def fits_every_width(lab):
    seeder, arguments = half_done(lab)
    terminal = bt_on_terminal(lab, *arguments, columns=80)
    terminal.see(has_progress, 20, "half of the torrent")
    for columns, wanted in ((20, r" *50\.0%  .* [KM]?i?B/s"),
                            (40, r"a-film.*….*mkv  50\.0%  .*256K/512K  ↓.*"),
                            (80, r"a-film.*mkv  50\.0%  .*256K/512K  ↓.*  ↑.*  1s 1p .*━─*"),
                            (120, r"a-film-of-some.*mkv  50\.0% .*1 seed, 1 peer.*━─*"),
                            (300, r"a-film-of-some-length-1080p\.mkv  50\.0%  .*256 KiB/512 KiB"
                                  r"  ↓.*B/s  ↑.*B/s  1 seed, 1 peer.*━+─+")):
        terminal.resize(columns, 24)
        lines = terminal.next_frame()
        same(len(lines), 1, f"lines at {columns} columns: {lines}")
        check(re.fullmatch(wanted, lines[0]), f"at {columns} columns: {lines[0]!r}")
    terminal.type(CONTROL_C)
    same(terminal.ended(), 7, "exit status")
    seeder.release()


@case("Screen.EndsWithATable", "quick")
def ends_with_a_table(lab):
    _, arguments = half_done(lab)
    terminal = bt_on_terminal(lab, *arguments, columns=70)
    terminal.see(has_progress, 20, "half of the torrent")
    terminal.type(CONTROL_C)
    same(terminal.ended(), 7, "exit status")
    lines = terminal.look()
    check(re.fullmatch(r"name +result +size +time +speed +ratio", lines[-3]), f"{lines}")
    check(re.fullmatch(r"a-film.*mkv  stopped at 50\.0%  512 KiB .*B/s +0\.00", lines[-2]),
          f"{lines}")
    same(lines[-1], "bt: the same command goes on from there", "the last line")
    check(not any("━" in line for line in lines), f"a bar is left: {lines}")
    same(terminal.out, "", "standard output")


@case("Screen.MeasuresWideNames")
def measures_wide_names(lab):
    names = ["映画館 千と千尋の神隠し.mkv", "🎬🍿 emoji.mkv", "cafe\u0301 combining.mkv", "plain.mkv",
             "ภาษาไทย.mkv", "한국어 영화.mkv", "\a[2Jescape.mkv"]
    paths = []
    for number, name in enumerate(names):
        torrent, path = torrent_of(lab, name)
        Seeder(lab, torrent, SEEDER[0], SEEDER[1] + number, hold_after=16)
        paths += [path]
    peers = [a for n in range(len(names)) for a in ("--peer", f"{SEEDER[0]}:{SEEDER[1] + n}")]
    terminal = bt_on_terminal(lab, "-j", "10", "-d", lab.path("out"), *peers, *paths, columns=100)

    def places(lines):
        """In which columns the percents end; the emulator has a cell each."""
        cells = [[terminal.screen.buffer[y][x].data for x in range(100)]
                 for y in range(len(lines))]
        return [row.index("%") for row in cells if "%" in row]

    lines = terminal.see(lambda lines: sum("50.0%" in line for line in lines) == len(names) + 1,
                         20, "half of each torrent")
    check(any("映画館" in line for line in lines), f"{lines}")
    check(any("[2Jescape.mkv" in line for line in lines), f"{lines}")
    same(len(set(places(lines))), 1, f"places of the percents in {lines}")
    terminal.type(CONTROL_C)
    same(terminal.ended(), 7, "exit status")


@case("Screen.HoldsManyTorrents")
def holds_many_torrents(lab):
    paths = [torrent_of(lab, f"torrent-{n:02d}.bin", 32 * KIB)[1] for n in range(30)]
    arguments = ["-j", "30", "-d", lab.path("out"), "--peer", PLACE, *paths]
    terminal = bt_on_terminal(lab, lab.path("no.torrent"), *arguments, columns=80, rows=12)
    lines = terminal.see(lambda lines: any("total: 1 of 31" in line for line in lines), 10, "a total")
    for rows in (12, 6, 3, 2, 20):
        terminal.resize(80, rows)
        lines = terminal.next_frame()
        check(len(lines) <= rows, f"{len(lines)} lines on {rows} rows")
        same(sum("total: 1 of 31" in line for line in lines), 1, f"totals on {rows} rows: {lines}")
    same(sum(bool(re.fullmatch(r"… and 13 more", line)) for line in lines), 1, f"{lines}")
    same(sum("torrent-" in line for line in lines), 17, f"torrents in {lines}")
    terminal.type(CONTROL_C)
    same(terminal.ended(), 40, "exit status")
    check(" ".join(terminal.look()[-3:-1]).startswith(
        "31 torrents: 0 complete, 30 stopped, 1 failed (1 not found); 0 B received in "),
        f"sum in {terminal.look()}")


@case("Screen.TellsWhatWasNeverBegun", "quick")
def tells_what_was_never_begun(lab):
    paths = [torrent_of(lab, f"torrent-{n}.bin", 32 * KIB)[1] for n in range(7)]
    terminal = bt_on_terminal(lab, "-d", lab.path("out"), "--peer", PLACE, *paths, columns=50)
    terminal.see(lambda lines: any("2 waiting" in line or "total: 0 of 7" in line for line in lines),
                 10, "two that wait")
    terminal.type(CONTROL_C)
    same(terminal.ended(), 7, "exit status")
    lines = terminal.look()
    heading = [line.split()[:2] for line in lines].index(["name", "result"])
    rows = lines[heading + 1:heading + 8]
    same(["not started" in row for row in rows], [False] * 5 + [True] * 2, f"rows in {lines}")
    same(sum("stopped at 0.0%" in row for row in rows), 5, f"stopped ones in {lines}")
    check("7 torrents: 0 complete, 5 stopped, 2 not started; 0 B" in " ".join(lines), f"sum in {lines}")
    check_no_wider(lines, 50)


@case("Screen.LetsMessagesPassAbove", "quick")
def lets_messages_pass_above(lab):
    seeder, arguments = half_done(lab)
    terminal = bt_on_terminal(lab, "-v", lab.folder / "missing.torrent", *arguments, columns=100)
    lines = terminal.see(has_progress, 20, "half of the torrent")
    same(sum("%" in line for line in lines), 2, f"lines of progress in {lines}")
    check(lines[-1].startswith("total of 2: 0 done, 1 failed"), f"no total at the end: {lines}")
    check(any("missing.torrent" in line for line in lines[:-2]), f"no message in {lines}")
    check(any("downloading" in line for line in lines[:-2]), f"no log line in {lines}")
    seeder.release()
    same(terminal.ended(20), 3, "exit status")
    check(any("2 torrents: 1 complete, 1 failed" in line for line in terminal.look()),
          f"{terminal.look()}")


@case("Screen.IsCleanAfterASecondControlC")
def is_clean_after_a_second_control_c(lab):
    tracker = RawTracker(lab, *TRACKER, lambda target: b"" if "stopped" in target else http(reply()))
    _, arguments = half_done(lab)
    terminal = bt_on_terminal(lab, "--tracker", tracker.url, *arguments)
    terminal.see(lambda lines: has_progress(lines) and tracker.targets, 20, "half of the torrent")
    terminal.type(CONTROL_C)
    terminal.see(lambda lines: any("once more" in line for line in lines), 5, "the first Ctrl-C")
    terminal.type(CONTROL_C)
    same(terminal.ended(), 130, "exit status")
    check(not any("%" in line for line in terminal.look()), f"left: {terminal.look()}")


@case("Screen.IsTidyWhenSuspendedAndInTheBackground")
def is_tidy_when_suspended(lab):
    _, arguments = half_done(lab)
    shell = Terminal(lab, ["bash", "--norc", "--noprofile", "-i"], columns=100,
                     env={"RUN": " ".join(str(a) for a in [BT, *arguments]), "PS1": "> "})
    shell.type(b"$RUN\n")
    shell.see(has_progress, 20, "half of the torrent")
    shell.type(b"\x1a")
    lines = shell.see(lambda lines: any("Stopped" in line for line in lines), 5, "the stop")
    check(not has_progress(lines), f"left behind by Ctrl-Z: {lines}")
    shell.type(b"bg\n")
    shell.type(b"sleep 0.7; echo it is qui''et >&2\n")
    lines = shell.see(lambda lines: any("it is quiet" in line for line in lines), 5, "the prompt")
    check(not has_progress(lines), f"drawn in the background: {lines}")
    shell.type(b"fg\n")
    lines = shell.see(has_progress, 5, "the line again")
    same(sum("50.0%" in line for line in lines), 1, f"lines of progress in {lines}")
    shell.type(CONTROL_C)
    shell.see(lambda lines: any("stopped at 50.0%" in line for line in lines), 10, "the table")
    shell.type(b"exit\n")
    shell.ended()


@case("Screen.SaysWhyNothingMoves", seconds=60)
def says_why_nothing_moves(lab):
    seeder, arguments = half_done(lab)
    terminal = bt_on_terminal(lab, *arguments, columns=90)
    lines = terminal.see(lambda lines: any("waiting for 1 peer" in line for line in lines), 20,
                         "a reason")
    check(re.fullmatch(r"a-film.*mkv  50\.0%  .*waiting for 1 peer that has unchoked us", lines[0]),
          f"{lines}")
    seeder.release()
    same(terminal.ended(20), 0, "exit status")


@case("Screen.ColoursAreSparingAndOptional")
def colours_are_optional(lab):
    seeder, arguments = half_done(lab)
    del seeder

    def run(*more, **env):
        terminal = bt_on_terminal(lab, *more, *arguments, env=env)
        terminal.see(has_progress, 20, "half of the torrent")
        terminal.type(CONTROL_C)
        same(terminal.ended(), 7, "exit status")
        return terminal.raw

    def colours(raw):
        return re.findall(rb"\x1b\[[0-9;]*m", raw)

    check(colours(run()), "no colour on a terminal")
    same(colours(run(NO_COLOR="1")), [], "colours with NO_COLOR")
    same(colours(run("--color=never")), [], "colours with --color=never")
    check(colours(run("--color=always", NO_COLOR="1")), "no colour with --color=always")


@case("Screen.ADumbTerminalGetsWholeLines")
def a_dumb_terminal_gets_whole_lines(lab):
    _, arguments = half_done(lab)
    terminal = bt_on_terminal(lab, "--summary-interval", "1", *arguments, env={"TERM": "dumb"})
    terminal.see(lambda lines: sum("50.0%" in line for line in lines) >= 2, 20, "two status lines")
    terminal.type(CONTROL_C)
    same(terminal.ended(), 7, "exit status")
    check(b"\x1b" not in terminal.raw, "an escape sequence")
    check(b"\r" not in terminal.raw.replace(b"\r\n", b""), "a carriage return")


@case("Screen.APipeGetsWholeLines", "quick")
def a_pipe_gets_whole_lines(lab):
    seeder, arguments = half_done(lab)
    process = lab.bt("--summary-interval", "1", *arguments)
    process.wait_for(lambda: process.err.count("downloading, 50.0%, 256 KiB of 512 KiB") >= 2, 20,
                     "two status lines")
    seeder.release()
    same(process.wait(20), 0, "exit status")
    raw = process.err_path.read_bytes()
    check(b"\r" not in raw and b"\x1b" not in raw, f"no plain lines: {raw}")
    check(raw.endswith(b"\n"), "the last line has no end")
    check(": complete, 512 KiB in " in process.err.splitlines()[-1], process.err)
    same(process.out, "", "standard output")
    quiet = lab.run_bt("-q", *arguments)
    same((quiet.code, quiet.out, quiet.err), (0, "", ""), "a quiet run")
