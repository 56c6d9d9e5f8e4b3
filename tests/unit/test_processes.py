"""What a process keeps for itself."""

import ctypes
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from kbcli.foundation.processes import release_memory

kept = [bytes(4000) for _ in range(10_000)][::50]
for step in range(2):
    print(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")))
    release_memory()
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists() or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="memory is read from /proc, and given back by glibc",
)
def test_what_is_freed_is_given_back() -> None:
    """What lies free between what is in use goes back to the system: 40 MB of which every fiftieth piece is kept."""
    said = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout
    before, after = map(int, re.findall(r"\d+", said))
    assert after < before / 2
