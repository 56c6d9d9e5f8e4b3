"""The clipboard that the user looks at: of this desktop, of the terminal's own machine over SSH, of tmux."""

import base64
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from shutil import which as find_program

from kbcli.errors import KbError

# xterm and tmux drop a longer one without a word.
_LONGEST_SEQUENCE = 74_000
_SECONDS = 5


def copy_text(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Put a text on the clipboard; how it was done. Raises KbError where nothing works."""
    tried: list[str] = []
    for name, command in list_ways(environment):
        if _write_sequence(text) if command is None else _run(command, text):
            return name
        tried.append(name)
    found = f" ({', '.join(tried)} failed)" if tried else ""
    raise KbError(
        f"there is no clipboard to copy to{found}",
        "Set KB_CLIPBOARD to a program that reads the text, or to osc52.",
    )


def list_ways(
    environment: Mapping[str, str],
    which: Callable[[str], str | None] = find_program,
    platform: str = sys.platform,
) -> Iterator[tuple[str, list[str] | None]]:
    """The ways to try, best first: a name, and a program with its arguments or None for the terminal's sequence OSC 52.

    Over SSH the clipboard is the one of the machine in front of the user, which only the terminal reaches.
    """
    if named := environment.get("KB_CLIPBOARD", "").strip():
        yield named, None if named == "osc52" else shlex.split(named)
        return
    local = (
        ("pbcopy", ("pbcopy",), platform == "darwin"),
        ("clip.exe", ("clip.exe",), platform == "win32" or "WSL_DISTRO_NAME" in environment),
        ("wl-copy", ("wl-copy",), "WAYLAND_DISPLAY" in environment),
        ("xclip", ("xclip", "-selection", "clipboard"), "DISPLAY" in environment),
        ("xsel", ("xsel", "-ib"), "DISPLAY" in environment),
    )
    if not {"SSH_CONNECTION", "SSH_TTY"} & environment.keys():
        yield from ((name, list(command)) for name, command, fits in local if fits and which(name))
    if "TMUX" in environment and which("tmux"):
        yield "tmux", ["tmux", "load-buffer", "-w", "-"]
    yield "osc52", None


def _run(command: list[str], text: str) -> bool:
    from subprocess import DEVNULL, SubprocessError, run

    # Windows reads UTF-16, and knows it by its mark.
    data = ("\ufeff" + text).encode("utf-16-le") if command[0].endswith("clip.exe") else text.encode()
    try:
        # xclip and wl-copy stay behind as the owners of the selection: their output must not hold ours open.
        done = run(command, input=data, stdout=DEVNULL, stderr=DEVNULL, timeout=_SECONDS, check=False)
    except (OSError, SubprocessError):
        return False
    return done.returncode == 0


def _write_sequence(text: str) -> bool:
    data = base64.b64encode(text.encode())
    if len(data) > _LONGEST_SEQUENCE:
        return False
    try:
        with open("/dev/tty", "wb", buffering=0) as terminal:
            terminal.write(b"\x1b]52;c;" + data + b"\x07")
    except OSError:
        return False
    return True
