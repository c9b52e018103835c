"""Starts one process and writes what it took: ``launcher.py FILE SECONDS COMMAND …``.

A process begins as a copy of the one that starts it, whose peak is counted as its own: this one is as small as a Python
can be, so that a command's peak is the command's.
"""

import os
import resource
import sys

into, most, *command = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_CPU, (int(most), int(most) + 5))
_, status, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
with open(into, "w") as file:  # noqa: PTH123 - pathlib would make it larger
    file.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}")
