"""The cost of one run of a program: processor time, wall time, memory, and instructions."""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time


def measure(command: list[str], cwd: str | None = None) -> tuple[float, float, float]:
    """Processor time and wall time in seconds, and the largest resident set in MB, of one run."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{message}")
    # A child starts as a copy of this program, and its largest set is never less than that of this program.
    known = used.ru_maxrss > own * 1.05
    memory = used.ru_maxrss if known else small(command, cwd)
    return used.ru_utime + used.ru_stime, wall, memory / 1024


def small(command: list[str], cwd: str | None) -> int:
    """The largest resident set of another run in KB, as a child of GNU time, which is small itself."""
    with tempfile.NamedTemporaryFile("r") as figure:
        timed = ["/usr/bin/time", "-q", "-f", "%M", "-o", figure.name, *command]
        subprocess.run(timed, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return int(figure.read())


def instructions(command: list[str], cwd: str | None = None) -> int | None:
    """The instructions of one run, which other work does not change, if valgrind is installed."""
    if not shutil.which("valgrind"):
        return None
    count = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    done = subprocess.run(count, cwd=cwd, capture_output=True, check=False)
    found = re.search(rb"Collected : (\d+)", done.stderr)
    return int(found.group(1)) if found else None
