"""Runs a command and prints what it cost: wall seconds, CPU seconds, the most MB resident.

    measure.py COMMAND...

The memory is that of the largest process among the command and its children, this one before it
became the command included. What the command prints goes to standard error.
"""
import resource
import subprocess
import sys
import time

start = time.monotonic()
subprocess.call(sys.argv[1:], stdout=sys.stderr)
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{wall:.3f} {used.ru_utime + used.ru_stime:.3f} {used.ru_maxrss * 1024 / 1e6:.1f}")
