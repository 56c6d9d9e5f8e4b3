"""`kb edit`: change a card in the editor, or its fields from the command line."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.completion import complete_values
from kbcli.doors.cli.options import CardArgument, FormatOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError

if TYPE_CHECKING:
    from kbcli.knowledge.cards.header.edit import FieldValue
    from kbcli.knowledge.cards.model import Card
    from kbcli.knowledge.gate.rule import Finding
    from kbcli.knowledge.trust.states import Trust

EXAMPLES = """Examples:

\b
  kb edit too-many-requests                        in $VISUAL or $EDITOR
  kb edit too-many-requests --tag +limits --tag -misc
  kb edit too-many-requests --alias +"slow down" --every 12w
  kb edit old-plans --status archived

Tags, aliases and fields leave a verification as it is; a changed title, audience or text does not.
In a pipe: ID, state before, state now, tab-separated.
"""


def register(app: typer.Typer) -> None:
    """Add `kb edit`."""
    app.command("edit", epilog=EXAMPLES)(edit)


def edit(
    ctx: typer.Context,
    card: CardArgument,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="A new title.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="draft, active or archived.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="Another type.", autocompletion=complete_values("type")),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner", "-o", metavar="OWNER", help="Another owner.", autocompletion=complete_values("owners")
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            "-t",
            metavar="±TAG",
            help="+TAG adds, -TAG removes (repeatable).",
            autocompletion=complete_values("tags"),
        ),
    ] = None,
    alias: Annotated[
        list[str] | None,
        typer.Option("--alias", metavar="±TEXT", help="+TEXT adds, -TEXT removes (repeatable)."),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="INTERVAL", help="Verification interval: 90d, 12w, 6m, 1y."),
    ] = None,
    audience: Annotated[
        str | None, typer.Option("--audience", metavar="AUDIENCE", help="internal or public.")
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", "-l", metavar="LANG", help="Language tag.")] = None,
    output: FormatOption = None,
) -> int:
    """Change a card in your editor, or its fields with options, and say what that does to its trust."""
    from kbcli.knowledge.cards.library import load_card
    from kbcli.knowledge.trust.judging import judge_one

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    found = load_card(session.config, card)
    before = judge_one(session.config, found, session.today)
    texts = {
        "title": title,
        "status": status,
        "type": kind,
        "owner": owner,
        "verify_every": every,
        "audience": audience,
        "lang": lang,
    }
    named = {name: value for name, value in texts.items() if value is not None}
    if named or tag or alias:
        changed = _write_changes(session, found, named, tag or [], alias or [])
    else:
        raw = (session.root / found.path).read_bytes()
        _open_editor(session, found)
        changed = (session.root / found.path).read_bytes() != raw
    after = load_card(session.config, found.path)
    _report(session, form, found, before, after, changed=changed)
    return 0


def _write_changes(
    session: Session, card: "Card", texts: dict[str, str], tags: list[str], aliases: list[str]
) -> bool:
    """Write the fields, planned on what the file says at that moment; whether anything changed."""
    from kbcli.knowledge.cards.reader import read_card
    from kbcli.knowledge.edit.fields import edit_fields, rewrite_card

    def plan(data: bytes) -> bytes:
        now = read_card(data, card.path, session.config)
        changes = _plan_changes(session, now, texts, tags, aliases)
        return edit_fields(session.config, card.path, data, changes) if changes else data

    return rewrite_card(session.config, card.path, plan).changed


def _plan_changes(
    session: Session, card: "Card", texts: dict[str, str], tags: list[str], aliases: list[str]
) -> "dict[str, FieldValue | None]":
    """The fields to write, checked. Raises UsageError for a value that a card cannot have."""
    from kbcli.doors.cli.changes import check_choice, check_interval, check_language

    changes: dict[str, FieldValue | None] = {}
    for name, value in texts.items():
        if name in ("status", "type", "audience"):
            changes[name] = check_choice(session.config, name, value)
        elif name == "verify_every":
            changes[name] = check_interval(value)
        elif name == "lang":
            changes[name] = check_language(value)
        elif not value.strip():
            raise UsageError(f"--{name} is empty", "Say what it should be.")
        else:
            changes[name] = " ".join(value.split())
    for name, current, wishes in (("tags", card.tags, tags), ("aliases", card.aliases, aliases)):
        items = _change_list(current, wishes)
        if items != list(current):
            changes[name] = items or None
    return changes


def _change_list(current: tuple[str, ...], wishes: list[str]) -> list[str]:
    items = list(current)
    for wish in wishes:
        sign, text = (wish[0], wish[1:]) if wish[:1] in ("+", "-") else ("+", wish)
        text = " ".join(text.split())
        if not text:
            raise UsageError(f"“{wish}” names nothing", "Write +TEXT to add, -TEXT to remove.")
        same = [item for item in items if item.casefold() == text.casefold()]
        if sign == "-":
            if not same:
                raise UsageError(f"the card has no “{text}”", f"It has: {', '.join(current) or 'none'}.")
            items = [item for item in items if item not in same]
        elif not same:
            items.append(text)
    return items


def _open_editor(session: Session, card: "Card") -> None:
    """The user's editor on the file itself; without a terminal only one that was named explicitly."""
    from kbcli.foundation.disk.programs import run_editor

    if not session.can_ask and not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        raise UsageError(
            "there is no terminal for an editor", "Change fields with options: see `kb edit --help`."
        )
    run_editor(session.root / card.path, os.environ)


def _report(
    session: Session, form: str, found: "Card", before: "Trust", card: "Card", *, changed: bool
) -> None:
    from kbcli.doors.cli.changes import format_state_line, write_change
    from kbcli.knowledge.trust.judging import judge_one

    after = judge_one(session.config, card, session.today)
    findings = _list_findings(session, card) if changed else []
    said = format_state_line(session, card, after) if changed else "nothing changed\n"
    if changed and card.digest != found.digest and before.state in ("verified", "due"):
        said += f"The text is no longer what was verified. If it is right: kb verify {card.id}\n"
    said += "".join(
        f"{finding.path}:{finding.line}: {finding.severity}: {finding.message}\n" for finding in findings
    )
    data = {
        "changed": changed, "text_changed": card.digest != found.digest, "state_before": before.state,
        "findings": [{"rule": item.rule, "severity": item.severity, "line": item.line, "message": item.message, "hint": item.hint} for item in findings],
    }  # fmt: skip
    from kbcli.render.escape import make_visible

    if form == "plain":
        for finding in findings:
            session.say(f"{finding.path}:{finding.line}: {finding.severity}: {finding.message}")
    said = said if session.color else make_visible(said)
    write_change(session, form, card, after, said=said, plain=(card.id, before.state, after.state), data=data)


def _list_findings(session: Session, card: "Card") -> "list[Finding]":
    """What the gate would say of the card as it is now, but for its trust state, which is shown anyway."""
    from kbcli.knowledge.cards.library import load_library
    from kbcli.knowledge.gate.run import run_check
    from kbcli.knowledge.trust.states import STATES
    from kbcli.operations.rules import RULES

    result = run_check(load_library(session.config), session.today, RULES, paths=[card.path])
    return [finding for finding in result.findings if finding.rule not in STATES]
