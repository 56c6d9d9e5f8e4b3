"""Which editor and pager the user has: their command lines, which no shell ever sees."""

import os
import shlex
from collections.abc import Mapping, Sequence
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
