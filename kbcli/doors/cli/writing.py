"""The terminal part of `kb new`: cards that are there already are offered, and the editor opens."""

import os
from collections.abc import Sequence

import typer

from kbcli.doors.cli.command import Values
from kbcli.doors.cli.options import ask_text
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError
from kbcli.operations.new import (
    Creation,
    Hit,
    Neighbours,
    NewCard,
    Repeat,
    begin_gap_card,
    find_neighbours,
    find_repeats,
    has_owner,
    plan_new_card,
    write_new_card,
)
from kbcli.operations.tickets.card import begin_ticket_card
from kbcli.render.escape import make_line


def write_card(session: Session, values: Values, *, edits: bool, commit: bool) -> Creation | None:
    """Plan a card, offer what is like it, and write it, through the editor if it `edits`; None where it is not wanted."""
    gap, closes = values.pop("gap"), ""
    if gap is not None:
        given = {name: values[name] for name in ("title", "alias", "lang", "translate")}
        closes, *begun = begin_gap_card(session.base, gap, **given)
        values["title"], values["alias"], values["lang"] = begun
    if (ticket := values.pop("ticket")) is not None:
        given = {name: values[name] for name in ("title", "lang", "translate")}
        values["title"], values["body"], values["lang"] = begin_ticket_card(session.base, ticket, **given)
    new = plan_new_card(session.base, **values)
    if not edits and values["translate"] is None and not has_owner(session.base, new):
        values["owner"] = ask_text("Who answers for it (Enter: nobody)")
        new = plan_new_card(session.base, **values) if values["owner"] else new
    neighbours = Neighbours()
    if values["translate"] is None:
        neighbours = find_neighbours(session.base, new, values["title"], "")
        if not _offer_similar(session, neighbours.similar):
            session.say("nothing was created")
            return None
    if not edits:
        return write_new_card(session.base, new, neighbours=neighbours, closes=closes, commit=commit)
    return _write_in_editor(session, new, neighbours, closes=closes, commit=commit)


def _write_in_editor(
    session: Session, new: "NewCard", neighbours: Neighbours, *, closes: str, commit: bool
) -> Creation:
    """Let the user type in a file of its own, which stays, and is named, where no card comes of it."""
    from shutil import rmtree
    from tempfile import mkdtemp

    folder = mkdtemp(prefix="kb-new-")
    path = os.path.join(folder, os.path.basename(new.path))
    with open(path, "x", encoding="utf-8", newline="") as stream:
        stream.write(new.text)
    try:
        session.edit(path)
        try:
            text = _read_bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise KbError("the editor did not save UTF-8", "Set its encoding to UTF-8.") from error
        if text.strip() and text != new.text:
            repeats = find_repeats(session.base, new, text)
            if not _offer_repeats(session, repeats):
                return Creation(None, None, neighbours, f"nothing was created; your text is in {path}")
        creation = write_new_card(
            session.base, new, text, neighbours=neighbours, closes=closes, commit=commit
        )
    except (KeyboardInterrupt, typer.Abort):
        session.say(f"your text is in {path}")
        raise
    except KbError as error:
        if _read_bytes(path) in (b"", new.text.encode()):
            rmtree(folder, ignore_errors=True)
            raise
        raise type(error)(error.message, f"{error.hint} Your text is in {path}.".strip()) from error
    rmtree(folder, ignore_errors=True)
    return creation


def _read_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _offer_similar(session: Session, similar: "Sequence[Hit]") -> bool:
    """Ask whether one of these is the card that was to be written; whether to go on and write it."""
    rows = [(hit.record.title, f"{hit.record.id}, {hit.trust.state}", hit.record.path) for hit in similar]
    question = "A number shows that one, Enter writes a new one, q quits"
    return not rows or _offer(session, "These cards may answer it already:", rows, question)


def _offer_repeats(session: Session, repeats: "Sequence[Repeat]") -> bool:
    """Ask whether a text that stands elsewhere is to be a card all the same."""
    rows = [
        (card.title, f"{card.id}, {trust.state}, {int(similarity * 100)} %", card.path)
        for card, trust, similarity, _ in repeats
    ]
    question = "A number shows that one instead, Enter creates the new one all the same, q quits"
    return not rows or _offer(session, "It says the same as:", rows, question)


def _offer(session: Session, head: str, cards: Sequence[tuple[str, str, str]], question: str) -> bool:
    """List cards as (title, note, path) and ask; shows the one that is chosen. True for Enter."""
    typer.echo(head, err=True)
    for number, (title, note, _) in enumerate(cards, 1):
        typer.echo(f"  {number}  {make_line(title)}  ({make_line(note)})", err=True)
    answer = ask_text(question)
    if answer.lower() in ("q", "n", "no", "quit"):
        return False
    if answer.isdecimal() and 1 <= int(answer) <= len(cards):
        from kbcli.operations.show import show_card

        shown = show_card(session.base, cards[int(answer) - 1][2])
        session.show("show", "table", shown)
        session.say(f"kb edit {shown.card.id} changes it")
        return False
    return True
