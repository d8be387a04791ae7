"""A file system that can lose its power, on an image in memory."""
import fcntl
import os
import shutil
import struct
import subprocess

from harness import check
from torrents import MIB

FS_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2  # what the file system's own journal has not written yet is lost as well
ORDERED = "data=ordered"
WRITEBACK = "data=writeback,commit=300,noauto_da_alloc"


class Machine:
    """ext4 on a loop device."""

    def __init__(self, lab, options, size, *make_options):
        self.options = options
        self.make_options = make_options
        self.size = size
        self.why = ""
        self.image = lab.tmpfs("memory", size + 16 * MIB) / "image"
        self.folder = lab.path("mounted")
        lab.closing.append(self.unmount)

    def make(self):
        """An empty file system. False: this machine cannot."""
        if not shutil.which("mkfs.ext4"):
            self.why = "there is no mkfs.ext4"
            return False
        self.unmount()
        with open(self.image, "wb") as file:
            file.truncate(self.size)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", *self.make_options, self.image], check=True,
                       stderr=subprocess.DEVNULL)
        return self.mount()

    def mount(self):
        done = subprocess.run(["mount", "-o", f"loop,{self.options}", self.image, self.folder],
                              capture_output=True, check=False)
        self.why = done.stderr.decode(errors="replace").strip()
        return done.returncode == 0

    def unmount(self):
        """True if it was mounted."""
        return os.path.ismount(self.folder) and not subprocess.run(["umount", self.folder],
                                                                   check=False).returncode

    def cut(self):
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def restart(self):
        check(self.unmount(), "the file system is not unmounted")
        check(self.mount(), f"the file system does not come back: {self.why}")
