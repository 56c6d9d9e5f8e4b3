"""Choosing one of several cards: with fzf where it is installed, else by its number."""

import os
import re
import sys
from collections.abc import Sequence
from shutil import which

import typer

from kbcli.doors.cli.options import ask_text
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.foundation.typed import NamedTuple
from kbcli.render.escape import make_line

# What fzf may put into the command of the preview: nothing that a shell, or fzf itself, could read as more.
_PLAIN = re.compile(r"\w[\w./@%+=:,-]*")
_MOST_LISTED = 20


class Choice(NamedTuple):
    """A card to choose from."""

    id: str
    title: str
    state: str


def pick_card(session: Session, choices: Sequence[Choice]) -> str | None:
    """The ID of the card that a person chooses; None where none is. Raises UsageError where nobody can be asked."""
    if not session.can_ask:
        raise UsageError("there is nobody to choose a card", "Name one: kb show CARD.")
    if not choices:
        return None
    fzf = which("fzf")
    return _pick_by_fzf(session, fzf, choices) if fzf else _pick_by_number(choices)


def pick_any_card(session: Session) -> str | None:
    """The ID that a person chooses among all cards; where a list would be too long, among those that a search finds."""
    from kbcli.operations.list import list_cards
    from kbcli.operations.search import search_cards

    choices = []
    if session.can_ask:
        rows = list_cards(session.base, status=("active", "draft")).rows
        choices = [Choice(card.id, card.title, trust.state) for card, trust in rows]
    if len(choices) > _MOST_LISTED and which("fzf") is None:
        words = str(typer.prompt("What are you looking for", err=True))
        hits = search_cards(session.base, words).result.hits
        choices = [Choice(hit.record.id, hit.record.title, hit.trust.state) for hit in hits]
    return pick_card(session, choices)


def _pick_by_number(choices: Sequence[Choice]) -> str | None:
    width = len(str(len(choices)))
    for number, (ident, title, state) in enumerate(choices, 1):
        typer.echo(f"{number:>{width}}  {make_line(title)}  ({make_line(ident)}, {state})", err=True)
    while answer := ask_text("Which one (Enter: none)"):
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1].id
    return None


def _pick_by_fzf(session: Session, fzf: str, choices: Sequence[Choice]) -> str | None:
    """Run fzf without a shell. Its preview is `kb show`, of IDs that no shell reads as anything else."""
    from subprocess import PIPE, Popen

    lines = [
        "\t".join(
            (ident if _PLAIN.fullmatch(ident) else "", str(number), *map(make_line, (title, ident, state)))
        )
        for number, (ident, title, state) in enumerate(choices)
    ]
    # -P: a module of that name in the current folder is none of kb's.
    preview = f"'{sys.executable}' -P -m kbcli show --format table --no-pager -- {{1}}"
    command = [fzf, "--delimiter=\t", "--with-nth=3..", "--no-multi", "--reverse", "--no-sort"]
    if "'" not in sys.executable and "{" not in sys.executable:
        command += [f"--preview={preview}", "--preview-window=down,60%,wrap"]
    environment = {**os.environ, "SHELL": "/bin/sh", "KB_HOME": os.fspath(session.base.root)}
    environment |= {"KB_TODAY": session.today.isoformat()} if session.today_flag else {}
    environment |= {"NO_COLOR": "1"} if session.no_color else {"FORCE_COLOR": "1"}
    process = Popen(command, stdin=PIPE, stdout=PIPE, env=environment)
    chosen, _ = process.communicate("\n".join(lines).encode("utf-8", "replace"))
    fields = chosen.decode("utf-8", "replace").split("\t")
    return choices[int(fields[1])].id if len(fields) > 1 and fields[1].isdecimal() else None
