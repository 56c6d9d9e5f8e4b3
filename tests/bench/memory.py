"""How much memory a command takes together with the processes it starts."""

import subprocess
import time
from pathlib import Path

from tests.bench.interleaving import Contender

_PAUSE = 0.05


def measure_memory(contender: Contender) -> float:
    """The peak in megabytes over one run: memory that processes share is counted once, where /proc tells.

    Elsewhere it is that of the largest process over the runs that were timed.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        return contender.peak_megabytes
    if contender.before is not None:
        contender.before()
    process = subprocess.Popen(
        list(contender.command), cwd=contender.cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_read_share, _list_family(str(process.pid)))))
        time.sleep(_PAUSE)
    return peak / 1024


def _list_family(process: str) -> list[str]:
    try:
        children = [path.read_text().split() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return []
    return [process, *(one for found in children for child in found for one in _list_family(child))]


def _read_share(process: str) -> int:
    """The memory of a process in kilobytes, what it shares with others in equal parts."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
