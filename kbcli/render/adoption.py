"""What `kb init` proposes for Markdown that exists already, and what it would mean."""

from collections.abc import Sequence
from datetime import date

from kbcli.knowledge.edit.adoption import AdoptionSummary, Proposal
from kbcli.knowledge.edit.settings import format_value
from kbcli.render.ansi import pad_cell, paint
from kbcli.render.cards import format_card_table
from kbcli.render.escape import escape_field, make_line
from kbcli.render.json import describe_card, describe_summary
from kbcli.render.words import format_summary


def list_settings(proposal: Proposal) -> list[tuple[str, str]]:
    """The settings that differ from the defaults, but the fields (which have a table of their own)."""
    rows = []
    for key, value in proposal.settings.items():
        if isinstance(value, dict):
            if key != "fields":
                rows += [(f"{key}.{name}", format_value(item)) for name, item in value.items()]
        else:
            rows.append((key, format_value(value)))
    return rows


def format_proposal(
    proposal: Proposal, summary: AdoptionSummary, today: date, *, width: int, color: bool
) -> str:
    """The proposal for a terminal: the mapping, the settings, what they would mean."""
    files = ", ".join(f"{number} {suffix}" for suffix, number in proposal.suffixes.items())
    lines = [
        paint(
            f"{make_line(str(proposal.root))}: {proposal.found} Markdown files ({files})", "bold", color=color
        ),
        "",
    ]
    rows = [("kb's field", "here", "files", "example")]
    rows += [(item.field, item.name, str(item.files), make_line(item.example)) for item in proposal.evidence]
    for number, (field, name, count, example) in enumerate(rows):
        line = f"  {pad_cell(field, 13)} {pad_cell(make_line(name), 22)} {count:>6}  "
        line += pad_cell(example, max(width - len(line), 8)).rstrip()
        lines.append(paint(line.rstrip(), "dim" if number == 0 else "", color=color))
    lines.append("")
    settings = list_settings(proposal)
    name_width = max((len(key) for key, _ in settings), default=0)
    lines += [f"  {key:<{name_width}} = {make_line(value)}" for key, value in settings]
    lines += ["", *_describe_reading(summary), format_summary(summary.trust, color=color), ""]
    text = "\n".join(lines) + "\n" + format_card_table(summary.examples, today, width=width, color=color)
    return (
        text
        + "".join(f"\nNote: {make_line(note)}" for note in proposal.notes)
        + ("\n" if proposal.notes else "")
    )


def _describe_reading(summary: AdoptionSummary) -> list[str]:
    parts = [
        f"{summary.dated} with a verification date",
        f"{summary.timed} with an interval or due date",
        f"{summary.owned} with an owner",
    ]
    parts += [f"{summary.translations} translations"] if summary.translations else []
    parts += [f"{summary.bad_dates} with a date that cannot be read"] if summary.bad_dates else []
    return [f"With it kb reads {summary.cards} cards, of which", *(f"  {part}" for part in parts)]


def format_proposal_lines(proposal: Proposal, summary: AdoptionSummary) -> str:
    """Tab-separated: `field`, kb's field, name here, files, example; `setting`, key, value; `cards`, what, number."""
    rows: list[Sequence[str]] = [
        ("field", item.field, item.name, str(item.files), item.example) for item in proposal.evidence
    ]
    rows += [("setting", key, value) for key, value in list_settings(proposal)]
    rows += [("cards", name, str(number)) for name, number in describe_reading(summary).items()]
    return "".join("\t".join(escape_field(field) for field in row) + "\n" for row in rows)


def describe_reading(summary: AdoptionSummary) -> dict[str, int]:
    """The numbers of cards, for machines."""
    return {
        "read": summary.cards,
        "with_date": summary.dated,
        "with_bad_date": summary.bad_dates,
        "with_interval": summary.timed,
        "with_owner": summary.owned,
        "translations": summary.translations,
    }


def describe_proposal(proposal: Proposal, summary: AdoptionSummary) -> dict[str, object]:
    """The proposal as data."""
    return {
        "found": proposal.found,
        "fields": [
            {"field": item.field, "name": item.name, "files": item.files, "example": item.example}
            for item in proposal.evidence
        ],
        "settings": dict(proposal.settings),
        "cards": describe_reading(summary),
        "summary": describe_summary(summary.trust),
        "examples": [describe_card(card, trust) for card, trust in summary.examples],
        "notes": list(proposal.notes),
    }  # fmt: skip
