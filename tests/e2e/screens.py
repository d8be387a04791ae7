"""A terminal of the test's own: a program on a pseudo-terminal, and the screen as a person sees it."""
import fcntl
import os
import pty
import struct
import subprocess
import termios

import pyte

from harness import BT, Process, check, until


class Terminal(Process):
    """A program on a terminal of `columns` x `rows`; standard output goes to a file."""

    def __init__(self, lab, argv, columns=80, rows=24, env=None):
        self.name = "terminal"
        self.argv = [str(a) for a in argv]
        lab.counter += 1
        self.out_path = lab.folder / f"{lab.counter:02d}-terminal.out"
        self.raw = b""
        self.screen = pyte.HistoryScreen(columns, rows, history=1000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)
        self.host, client = pty.openpty()
        os.set_blocking(self.host, False)
        self.client = client
        self.set_size(columns, rows)
        environment = {**lab.env, "TERM": "xterm-256color", **(env or {})}

        def own_terminal():
            fcntl.ioctl(client, termios.TIOCSCTTY, 0)

        with open(self.out_path, "wb") as out:
            self.child = subprocess.Popen(self.argv, stdin=client, stdout=out, stderr=client,
                                          cwd=lab.folder, env=environment,
                                          start_new_session=True, preexec_fn=own_terminal)
        lab.processes.append(self)

    @property
    def err(self):
        return "\n".join(self.screen.display)

    def set_size(self, columns, rows):
        fcntl.ioctl(self.client, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        """As a terminal does that cuts what has no room any more."""
        self.look()
        self.screen.resize(rows, columns)
        self.set_size(columns, rows)

    def type(self, text):
        os.write(self.host, text)

    def look(self):
        """The lines of the screen that are not empty, as they are now."""
        while True:
            try:
                part = os.read(self.host, 1 << 16)
            except (BlockingIOError, OSError):
                break
            if not part:
                break
            self.raw += part
            self.stream.feed(part)
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def see(self, condition, timeout, what):
        """The lines of the screen as soon as they meet the condition."""
        def ask():
            lines = self.look()
            return lines if condition(lines) else None
        return until(ask, timeout, lambda: f"{what}; the screen is\n" + "\n".join(self.look()))

    def next_frame(self, timeout=5):
        """The lines of the screen after two more redraws: the first may have been under way."""
        self.look()
        seen = self.frames()
        return self.see(lambda _: self.frames() >= seen + 2, timeout, "two more frames")

    def frames(self):
        return self.raw.count(b"\x1b[?7l")

    def ended(self, timeout=10):
        """The exit status, with the last words on the screen."""
        until(lambda: self.look() is not None and not self.running(), timeout, "the end of bt")
        self.look()
        return self.wait(1)

    def end(self):
        super().end()
        for descriptor in (self.host, self.client):
            os.close(descriptor)


def bt_on_terminal(lab, *arguments, **options):
    return Terminal(lab, [BT, *arguments], **options)


def check_no_wider(lines, columns):
    for line in lines:
        check(len(line) <= columns, f"wider than {columns} columns: {line}")
