"""`kb verify --pin`: add digests to the cards that are trusted now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kbcli.doors.cli.session import Session

if TYPE_CHECKING:
    from kbcli.knowledge.edit.verification import PinRow


def run_pin(session: Session, form: str, cards: Sequence[str] | None, *, commit: bool, dry_run: bool) -> int:
    """Pin these cards, or all; 3 when one could not be written."""
    from kbcli.doors.cli.judging import judge_cards
    from kbcli.doors.cli.options import read_references
    from kbcli.knowledge.cards.library import load_library, resolve_reference
    from kbcli.knowledge.edit.verification import commit_pins, pin_cards, plan_pins

    library = load_library(session.config)
    chosen = list(library.cards)
    if cards:
        paths = {resolve_reference(session.config, reference) for reference in read_references(cards)}
        chosen = [card for card in chosen if card.path in paths]
    rows = plan_pins(chosen, judge_cards(session, library, history=True))
    sha = ""
    if not dry_run:
        rows = pin_cards(session.config, rows)
        if commit and any(row.result == "pinned" for row in rows):
            sha = commit_pins(session.config, rows, session.today)
    _write(session, rows, form, sha, dry_run=dry_run)
    if sha:
        session.say(f"committed {sha[:10]}")
    return 3 if any(row.result == "refused" for row in rows) else 0


def _write(session: Session, rows: "Sequence[PinRow]", form: str, sha: str, *, dry_run: bool) -> None:
    if form == "json":
        from kbcli.render.jsonout import format_envelope
        from kbcli.render.pins import count_pins, describe_pins

        data = {
            "pins": describe_pins(rows),
            "summary": count_pins(rows),
            "dry_run": dry_run,
            "commit": sha or None,
        }
        session.write(format_envelope("verify", data))
    elif form == "plain":
        from kbcli.render.pins import format_pin_lines

        session.write(format_pin_lines(rows))
    else:
        from kbcli.render.pins import format_pin_table

        session.page(format_pin_table(rows, width=session.width, color=session.color, dry_run=dry_run))
