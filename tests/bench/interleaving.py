"""Timing whole processes against each other: every command once a round, so that noise hits all alike."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Contender:
    """A command to time. `before` runs, untimed, ahead of each run. An exit status above 1 is a failure."""

    name: str
    command: Sequence[str]
    cwd: Path | None = None
    before: Callable[[], None] | None = None
    seconds: list[float] = field(default_factory=list)
    peak_megabytes: float = 0.0

    @property
    def median(self) -> float:
        """The median time in milliseconds."""
        return statistics.median(self.seconds) * 1000


def run_rounds(contenders: Sequence[Contender], runs: int, warmup: int = 1) -> None:
    """Run every contender `runs` times in turn, after `warmup` rounds that do not count."""
    for turn in range(warmup + runs):
        for one in contenders:
            if one.before is not None:
                one.before()
            start = time.perf_counter()
            process = subprocess.Popen(
                list(one.command),
                cwd=one.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            errors = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
            took = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode > 1:
                raise SystemExit(f"{one.name}: exit {process.returncode}: {errors.decode(errors='replace')}")
            one.peak_megabytes = max(one.peak_megabytes, usage.ru_maxrss / 1024)
            if turn >= warmup:
                one.seconds.append(took)


def find_ratio(one: Contender, other: Contender) -> float:
    """The median of the ratios round by round."""
    return statistics.median(a / b for a, b in zip(one.seconds, other.seconds, strict=True))
