"""The user's editor and pager: which they are, and running them without a shell."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which

from kbcli.errors import KbError

_EDITORS = ("sensible-editor", "nano", "vim", "vi", "emacs") if os.name == "posix" else ("notepad",)
_PAGERS = ("less -R", "more")


def find_editor(environment: Mapping[str, str]) -> tuple[list[str], str]:
    """The editor's command line and where it was named: VISUAL, EDITOR or `default`.

    Raises KbError when nothing is named and none of the usual ones is installed.
    """
    return _find_program(environment, ("VISUAL", "EDITOR"), _EDITORS, "editor")


def find_pager(environment: Mapping[str, str]) -> tuple[list[str], str]:
    """The pager's command line and where it was named: PAGER or `default`. Raises KbError as find_editor."""
    return _find_program(environment, ("PAGER",), _PAGERS, "pager")


def _find_program(
    environment: Mapping[str, str], variables: Sequence[str], usual: Sequence[str], what: str
) -> tuple[list[str], str]:
    for variable in variables:
        if (text := environment.get(variable, "").strip()) and (words := _split_command(text, variable)):
            return words, variable
    for text in usual:
        words = text.split()
        if which(words[0]):
            return words, "default"
    raise KbError(f"no {what} was found", f"Set {variables[-1]} to the one you use.")


def _split_command(text: str, variable: str) -> list[str]:
    """The words of a command. No shell ever sees it, so `$(…)` and `;` are plain text."""
    if os.name != "posix":
        return shlex.split(text, posix=False)
    try:
        return shlex.split(text)
    except ValueError as error:
        raise KbError(f"{variable} is “{text}”: {error}", "Close its quotes.") from error


def run_editor(path: Path, environment: Mapping[str, str]) -> None:
    """Open a file in the user's editor and wait until it is closed.

    It gets the terminal even where kb's own output goes into a pipe. Raises KbError when it
    cannot be started or fails; the file is then as the editor left it.
    """
    command, origin = find_editor(environment)
    _run_program([*command, os.fspath(path)], origin, "editor", to_terminal=True)


def open_pager(text: str, environment: Mapping[str, str] | None = None) -> bool:
    """Show a text in the user's pager and wait until it is closed; False when there is none that works."""
    try:
        command, origin = find_pager(os.environ if environment is None else environment)
        _run_program(command, origin, "pager", data=text.encode("utf-8", "backslashreplace"))
    except KbError:
        return False
    return True


def _run_program(
    command: Sequence[str], origin: str, what: str, *, data: bytes | None = None, to_terminal: bool = False
) -> None:
    from subprocess import PIPE, Popen

    output = _open_terminal() if to_terminal and not _is_terminal() else None
    try:
        # As git does: less then shows colours, and leaves by itself when all fits on the screen.
        process = Popen(
            command, stdin=PIPE if data is not None else None, stdout=output, env={"LESS": "FRX", **os.environ}
        )  # fmt: skip
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


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _open_terminal() -> int | None:
    try:
        return os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return None
