"""kb as a process of its own, on a terminal or not, without the time that Python takes to start and to import kb.

On Linux the process is a fork of the one that runs the tests: it gets its own streams, environment and signals,
runs the command line, and ends. Elsewhere, and where a test is about how kb starts, Python is started.
"""

import gc
import os
import shlex
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pexpect

from kbcli.__main__ import main

CAN_FORK = sys.platform == "linux"
_MOST_HANDLES = 1 << 16


def become_kb(
    arguments: tuple[str, ...],
    env: Mapping[str, str] | None = None,
    prepare: Callable[[], None] | None = None,
) -> Callable[[], None] | None:
    """What a new process does, once its streams and folder are there, instead of starting Python; it never returns."""

    def run() -> None:
        code = 1
        try:
            # Nothing of the tests may be closed or tidied here: it is theirs.
            gc.freeze()
            os.closerange(3, _MOST_HANDLES)
            if env is not None:
                os.environ.clear()
                os.environ.update(env)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            # As Python does it when it starts.
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_IGN)
            sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
            sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
            if prepare is not None:
                prepare()
            sys.argv = ["kb", *arguments]
            code = main()
            sys.stdout.flush()
        except BaseException:  # noqa: BLE001  nobody is above to see it
            traceback.print_exc()
        finally:
            os._exit(code)

    return run if CAN_FORK else prepare


def run_kb_process(
    *arguments: str,
    cwd: Path,
    stdin: str = "",
    stdout: Any = subprocess.PIPE,
    env: Mapping[str, str] | None = None,
    prepare: Callable[[], None] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run kb as a process, which does `prepare` first; `env` is its whole environment."""
    return subprocess.run(
        [sys.executable, "-m", "kbcli", *arguments],
        cwd=cwd, input=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env, check=False, timeout=60,
        preexec_fn=become_kb(arguments, env, prepare),
    )  # fmt: skip


def open_shell(*options: str, cwd: Path, env: Mapping[str, str]) -> "pexpect.spawn[str]":
    """A shell on a terminal of its own that prompts `READY>` and knows one program: kb, with these options."""

    def answer_lines() -> None:
        os.closerange(3, _MOST_HANDLES)  # one of them tells pexpect that the process is there
        os.write(1, b"READY>")
        while line := os.read(0, 4096).decode():
            if not (child := os.fork()):
                become_kb((*options, *shlex.split(line)[1:]), env)()
            os.waitpid(child, 0)
            os.write(1, b"READY>")
        os._exit(0)

    return pexpect.spawn(
        sys.executable, ["-c", ""], cwd=str(cwd), env=env, encoding="utf-8", dimensions=(60, 120), timeout=20,
        echo=False, preexec_fn=answer_lines,
    )  # fmt: skip


def open_terminal(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, size: tuple[int, int] = (24, 80)
) -> "pexpect.spawn[str]":
    """Run kb on a terminal of its own, of so many lines and columns."""
    return pexpect.spawn(
        sys.executable, ["-m", "kbcli", *arguments], cwd=str(cwd), env=env, encoding="utf-8", dimensions=size,
        timeout=20, preexec_fn=become_kb(arguments, env),
    )  # fmt: skip
