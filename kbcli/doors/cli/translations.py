"""`kb translations`: which card exists in which language, and which lags behind."""

from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.completion import complete_cards, complete_values
from kbcli.doors.cli.options import FormatOption, read_references
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.knowledge.trust import TRANSLATION_STATES

if TYPE_CHECKING:
    from kbcli.knowledge.cards.model import Card
    from kbcli.knowledge.trust.translations import TranslationReport, TranslationStatus

EXAMPLES = """Examples:

\b
  kb translations                          a row a card, a column a language
  kb translations --lang de --state outdated --diff
  kb translations --state missing --format plain | cut -f1,2
"""


def register(app: typer.Typer) -> None:
    """Add `kb translations`."""
    app.command("translations", epilog=EXAMPLES)(translations)


def translations(
    ctx: typer.Context,
    cards: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CARD]…", help="Only these source cards.", autocompletion=complete_cards),
    ] = None,
    lang: Annotated[
        list[str] | None,
        typer.Option(
            "--lang",
            "-l",
            metavar="LANG",
            help="Only these languages.",
            autocompletion=complete_values("lang"),
        ),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help=f"Only: {', '.join(TRANSLATION_STATES)}."),
    ] = None,
    diff: Annotated[
        bool,
        typer.Option("--diff", help="Show what changed in the source since an outdated one was translated."),
    ] = False,
    output: FormatOption = None,
) -> int:
    """Show per card and language whether the translation is missing, current or outdated."""
    from kbcli.foundation.git.log import load_history
    from kbcli.knowledge.cards.library import load_library, resolve_reference
    from kbcli.knowledge.cards.walk import card_id
    from kbcli.knowledge.trust.translations import list_translations

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    for word in state or ():
        if word not in TRANSLATION_STATES:
            raise UsageError(
                f"“{word}” is not a state of a translation", f"Use one of: {', '.join(TRANSLATION_STATES)}."
            )
    config = session.config
    sources = [card_id(resolve_reference(config, item), config) for item in read_references(cards or ())]
    library = load_library(config)
    history = load_history(config.root) if _needs_history(library.cards) else None
    report = list_translations(library, langs=lang or (), sources=sources, history=history)
    rows = tuple(row for row in report.rows if not state or row.state in state)
    if form == "json":
        session.write(_format_json(rows, report))
    elif form == "plain":
        from kbcli.render.translations import format_translation_lines

        session.write(format_translation_lines(rows))
    elif state:
        from dataclasses import replace

        _write_table(session, replace(report, rows=rows))
    else:
        _write_table(session, report)
    if diff and form != "json":
        _write_diffs(session, rows)
    return 0


def _needs_history(cards: "tuple[Card, ...]") -> bool:
    return any(card.translation_of and not card.translation_digest for card in cards)


def _write_table(session: Session, report: "TranslationReport") -> None:
    from kbcli.render.translations import format_translation_table

    session.page(format_translation_table(report, width=session.width, color=session.color))


def _write_diffs(session: Session, rows: "tuple[TranslationStatus, ...]") -> None:
    from kbcli.knowledge.past.provenance import find_text_by_digest
    from kbcli.render.diff import format_diff

    for row in rows:
        if row.state != "outdated" or row.translation is None:
            continue
        session.write(f"\n{row.source.id} since it was translated into {row.lang}:\n")
        found = find_text_by_digest(session.config, row.source, row.translation.translation_digest)
        if found is None:
            session.write("  git history does not have the text that was translated\n")
        else:
            session.write(format_diff(found.card.body, row.source.body, color=session.color))


def _format_json(rows: "tuple[TranslationStatus, ...]", report: "TranslationReport") -> str:
    from kbcli.render.jsonout import format_envelope

    entries = [
        {
            "source": row.source.id,
            "lang": row.lang,
            "state": row.state,
            "translation": row.translation.id if row.translation else None,
            "basis": row.basis or None,
        }
        for row in rows
    ]
    return format_envelope("translations", {"translations": entries, "summary": report.counts})
