"""`kb new`: write a card down while the answer is fresh."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kbcli.doors.cli.completion import complete_cards, complete_values
from kbcli.doors.cli.old_options import FormatOption
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError, UsageError

if TYPE_CHECKING:
    from kbcli.doors.cli.comparing import Neighbours
    from kbcli.knowledge.edit.creation import NewCard

EXAMPLES = """Examples:

\b
  kb new "Export invoices as PDF" --type how-to --tag billing
  kb new "Why is my webhook late?" --owner api-team --every 90d --draft
  kb new --translate api/quotas --lang de "Kontingente der Tarife"
  pbpaste | kb new "Refund after 30 days" --folder billing
  $EDITOR "$(kb new 'Reset a device' --no-edit --format plain | cut -f2)"

Shows cards that say the same, and similar ones, before it creates another. In a pipe the text is
read from standard input, and the answer is ID and path, tab-separated. A translation is a draft that
holds the source's text between two marks; `kb verify` takes it when it is active and the marks are
gone, and pins it to the source.
"""


def register(app: typer.Typer) -> None:
    """Add `kb new`."""
    app.command("new", epilog=EXAMPLES)(new)


def new(
    ctx: typer.Context,
    title: Annotated[
        str | None, typer.Argument(metavar="TITLE", help="The title, as somebody will look for it.")
    ] = None,
    translate: Annotated[
        str | None,
        typer.Option(
            "--translate",
            metavar="CARD",
            help="Start the translation of this card into --lang.",
            autocompletion=complete_cards,
        ),
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="Its type, and with it the template.",
            autocompletion=complete_values("type"),
        ),
    ] = "answer",
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", "-t", metavar="TAG", help="A tag (repeatable).", autocompletion=complete_values("tags")
        ),
    ] = None,
    alias: Annotated[
        list[str] | None, typer.Option("--alias", metavar="TEXT", help="Other words for it (repeatable).")
    ] = None,
    owner: Annotated[
        str,
        typer.Option(
            "--owner",
            "-o",
            metavar="OWNER",
            help="Who answers for it.",
            autocompletion=complete_values("owners"),
        ),
    ] = "",
    lang: Annotated[
        str, typer.Option("--lang", "-l", metavar="LANG", help="Its language, if not the default.")
    ] = "",
    folder: Annotated[
        str, typer.Option("--folder", metavar="FOLDER", help="Where to put it, below the knowledge base.")
    ] = "",
    product: Annotated[
        str,
        typer.Option(
            "--product",
            metavar="PRODUCT",
            help="The product it is about.",
            autocompletion=complete_values("product"),
        ),
    ] = "",
    audience: Annotated[str, typer.Option("--audience", metavar="AUDIENCE", help="internal or public.")] = "",
    every: Annotated[
        str, typer.Option("--every", metavar="INTERVAL", help="Verification interval: 90d, 12w, 6m, 1y.")
    ] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Not to be found as an answer yet.")] = False,
    no_edit: Annotated[bool, typer.Option("--no-edit", help="Open no editor.")] = False,
    output: FormatOption = None,
) -> int:
    """Write a new card: shows similar ones, opens your editor on a template, prints ID and path.

    A card is active and unverified, or a draft. A template left as it was creates nothing.
    """
    from kbcli.doors.cli.changes import check_language
    from kbcli.doors.cli.comparing import find_neighbours, name_neighbours, offer_similar
    from kbcli.knowledge.edit.creation import plan_card

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    if translate is not None:
        given = (tag, alias, owner, folder, product, audience, every)
        if any(given):
            raise UsageError(
                "a translation takes its fields from its source", "Change them later with `kb edit`."
            )
        return _translate(session, form, translate, lang, title or "", edit=not no_edit)
    if title is None:
        raise UsageError("a card needs a title", "Say what the customer asks.")
    interactive = session.can_ask
    body = None if interactive else _read_body(required=not no_edit)
    plan = plan_card(
        session.config, title, today=session.today, card_type=kind, folder=folder, owner=owner,
        lang=check_language(lang) if lang else "", draft=draft, body=body,
        fields=_check_fields(session, tags=tag, aliases=alias, product=product, audience=audience, every=every),
    )  # fmt: skip
    neighbours = find_neighbours(session, plan, title, body or "")
    if not interactive:
        name_neighbours(session, neighbours)
    elif not offer_similar(session, neighbours.similar):
        session.say("nothing was created")
        return 0
    created, why_not = _create(session, plan, edit=interactive and not no_edit)
    return _report(session, form, created, why_not, neighbours)


def _translate(session: Session, form: str, reference: str, lang: str, title: str, *, edit: bool) -> int:
    """Start a translation. In a pipe it is written as it is, with the text to translate between its marks."""
    from kbcli.doors.cli.changes import check_language
    from kbcli.doors.cli.comparing import Neighbours
    from kbcli.knowledge.cards.library import load_library, resolve_reference
    from kbcli.knowledge.edit.translation import plan_translation

    if not lang:
        raise UsageError("into which language?", "Say so with --lang, such as --lang de.")
    library = load_library(session.config)
    path = resolve_reference(session.config, reference)
    source = next((card for card in library.cards if card.path == path), None)
    if source is None:
        raise KbError(f"{path} cannot be read", "`kb check` says why.")
    plan = plan_translation(library, source, check_language(lang), title=title)
    created, why_not = _create(session, plan, edit=session.can_ask and edit)
    code = _report(session, form, created, why_not, Neighbours())
    if created is not None and form != "json":
        session.say(
            f"a draft; when it is translated: kb edit {created.id} --status active, then kb verify {created.id}"
        )
    return code


def _check_fields(
    session: Session,
    *,
    tags: list[str] | None,
    aliases: list[str] | None,
    product: str,
    audience: str,
    every: str,
) -> dict[str, str | list[str]]:
    """The fields that were given. Raises UsageError for a value that a card cannot have."""
    from kbcli.doors.cli.changes import check_choice, check_interval

    fields: dict[str, str | list[str]] = {"tags": tags or [], "aliases": aliases or [], "product": product}
    fields["audience"] = check_choice(session.config, "audience", audience) if audience else ""
    fields["verify_every"] = check_interval(every) if every else ""
    return {name: value for name, value in fields.items() if value}


def _read_body(*, required: bool) -> str | None:
    """The text on standard input, None when there is none."""
    text = sys.stdin.read() if sys.stdin is not None else ""
    if text.strip():
        return text
    if required:
        raise UsageError(
            "there is no terminal for an editor, and no text on standard input",
            "Pipe the text in, or use --no-edit.",
        )
    return None


def _create(session: Session, plan: "NewCard", *, edit: bool) -> "tuple[NewCard | None, str]":
    """Write the card, through the editor when there is somebody to type; without one, why there is none."""
    from kbcli.doors.cli.comparing import is_wanted
    from kbcli.knowledge.edit.creation import create_card

    if not edit:
        return create_card(session.config, plan, allow_unchanged=True), ""
    from shutil import rmtree
    from tempfile import mkdtemp

    folder = mkdtemp(prefix="kb-new-")
    path = os.path.join(folder, os.path.basename(plan.path))
    with open(path, "x", encoding="utf-8", newline="") as stream:
        stream.write(plan.text)
    try:
        text = _edit_text(path)
        if text.strip() and text != plan.text and not is_wanted(session, plan.path, text):
            return None, f"nothing was created; your text is in {path}"
        created = create_card(session.config, plan, text)
    except (KeyboardInterrupt, typer.Abort):
        session.say(f"your text is in {path}")
        raise
    except KbError as error:
        if _read_bytes(path) in (b"", plan.text.encode()):
            rmtree(folder, ignore_errors=True)
            raise
        raise type(error)(error.message, f"{error.hint} Your text is in {path}.".strip()) from error
    rmtree(folder, ignore_errors=True)
    return created, "the template is as it was; nothing was created"


def _edit_text(path: str) -> str:
    """The text of a file after the user's editor. Raises KbError when the editor fails or saves no UTF-8."""
    from pathlib import Path

    from kbcli.foundation.disk.programs import run_editor

    run_editor(Path(path), os.environ)
    try:
        return _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KbError("the editor did not save UTF-8", "Set its encoding to UTF-8.") from error


def _read_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _report(
    session: Session, form: str, created: "NewCard | None", why_not: str, neighbours: "Neighbours"
) -> int:
    if form == "json":
        session.write(_format_json(session, created, neighbours))
        return 0
    if created is None:
        session.say(why_not)
        return 0
    from kbcli.render.escape import escape_field, make_line

    full = str(session.root / created.path)
    if form == "plain":
        session.write(f"{escape_field(created.id)}\t{escape_field(full)}\n")
    else:
        session.write(f"{make_line(created.id)}  {make_line(os.path.relpath(full))}\n")
    return 0


def _format_json(session: Session, created: "NewCard | None", neighbours: "Neighbours") -> str:
    from kbcli.knowledge.cards.library import load_card
    from kbcli.knowledge.trust.judging import judge_one
    from kbcli.render.json import describe_card, describe_record, format_envelope

    data: dict[str, Any] = {
        "card": None,
        "similar": [describe_record(hit.record, hit.trust) for hit in neighbours.similar],
        "repeats": [
            {
                "card": describe_card(repeat.card, repeat.trust),
                "similarity": round(repeat.similarity, 4),
                "contained": repeat.contained.id if repeat.contained else None,
            }
            for repeat in neighbours.repeats
        ],
    }
    if created is not None:
        card = load_card(session.config, created.path)
        data["card"] = describe_card(card, judge_one(session.config, card, session.today))
    return format_envelope("new", data)
