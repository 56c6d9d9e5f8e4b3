"""Running the user's editor and pager, without a shell."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from kbcli.errors import KbError
from kbcli.operations.programs import find_editor, find_pager


def run_editor(path: Path, environment: Mapping[str, str]) -> None:
    """Open a file in the user's editor and wait until it is closed.

    It gets the terminal even where kb's own output goes into a pipe. Raises KbError when it
    cannot be started or fails; the file is then as the editor left it.
    """
    command, origin = find_editor(environment)
    _run_program([*command, os.fspath(path)], origin, "editor", to_terminal=True)


def open_pager(text: str, environment: Mapping[str, str]) -> bool:
    """Show a text in the user's pager and wait until it is closed; False when there is none that works."""
    try:
        command, origin = find_pager(environment)
        _run_program(command, origin, "pager", data=text.encode("utf-8", "backslashreplace"))
    except KbError:
        return False
    return True


def _run_program(
    command: Sequence[str], origin: str, what: str, *, data: bytes | None = None, to_terminal: bool = False
) -> None:
    from subprocess import PIPE, Popen

    output = None
    if to_terminal and (sys.stdout is None or not sys.stdout.isatty()):
        with suppress(OSError):
            output = os.open("/dev/tty", os.O_RDWR)
    try:
        # As git does: less then shows colours, and leaves by itself when all fits on the screen. What it gets
        # is UTF-8 whatever the locale says.
        environment = {"LESS": "FRX", "LESSCHARSET": "utf-8", **os.environ}
        stdin = PIPE if data is not None else None
        process = Popen(command, stdin=stdin, stdout=output, env=environment)
        process.communicate(data)
    except OSError as error:
        named = (
            f"the {what} “{command[0]}” ({origin})" if origin != "default" else f"the {what} “{command[0]}”"
        )
        raise KbError(
            f"{named} cannot be started: {error.strerror}", f"Set {what.upper()} to the one you use."
        ) from error
    finally:
        if output is not None:
            os.close(output)
    if process.returncode != 0 and data is None:
        raise KbError(
            f"the {what} “{command[0]}” ended with exit status {process.returncode}", "Nothing more was done."
        )
