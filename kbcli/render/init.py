"""What `kb init` wrote, and what it proposes for Markdown that exists already."""

import os
from collections.abc import Iterator
from pathlib import Path

from kbcli.knowledge.edit.adoption import AdoptionSummary, Proposal
from kbcli.knowledge.edit.settings import format_value
from kbcli.operations.init import Adoption, Initialisation
from kbcli.render.ansi import pad_cell, paint
from kbcli.render.cards import format_card_rows
from kbcli.render.escape import make_line
from kbcli.render.formats import View
from kbcli.render.json import describe_card, describe_summary
from kbcli.render.words import format_summary

_FEW_PATHS = 12


def format_init_table(made: Initialisation, _view: View) -> str:
    """What was written, and what to do next."""
    written = _list_relative(made)
    lines = [f"wrote {make_line(path)}" for path in written[:_FEW_PATHS]]
    if len(written) > _FEW_PATHS:
        lines.append(f"… and {len(written) - _FEW_PATHS} more")
    if made.has_begun:
        lines += ["", *_list_steps(made)]
    return "".join(f"{line}\n" for line in lines)


def _list_steps(made: Initialisation) -> list[str]:
    here = os.path.relpath(made.root)
    start = "" if here == "." else f"cd {make_line(here)} && "
    if made.mode == "adopt":
        return [f"Next: {start}kb stale, kb check, and kb search with a customer's words."]
    steps = [f"Next: {start}kb list, then kb verify on a card that you have read."]
    if not made.in_git:
        steps.append("Run git init there too: with its history kb knows who verified what when.")
    return steps


def list_written(made: Initialisation, _view: View) -> list[tuple[str, str]]:
    """Rows of `wrote` and the path from here."""
    return [("wrote", path) for path in _list_relative(made)]


def describe_init(made: Initialisation) -> dict[str, object]:
    """The data of `kb init`."""
    data: dict[str, object] = {"root": str(made.root), "mode": made.mode, "written": _list_relative(made)}
    return data if made.adoption is None else data | describe_proposal(made.adoption)


def _list_relative(made: Initialisation) -> list[str]:
    """Paths as a person here would type them, with slashes."""
    here = Path.cwd()
    return [os.path.relpath(path, here).replace(os.sep, "/") for path in made.written]


def _list_settings(proposal: Proposal) -> list[tuple[str, str]]:
    """The settings that differ from the defaults, but the fields (which have a table of their own)."""
    rows = []
    for key, value in proposal.settings.items():
        if isinstance(value, dict):
            if key != "fields":
                rows += [(f"{key}.{name}", format_value(item)) for name, item in value.items()]
        else:
            rows.append((key, format_value(value)))
    return rows


def format_proposal(adoption: Adoption, view: View) -> str:
    """The proposal for a terminal: the mapping, the settings, what they would mean."""
    proposal, summary, today = adoption
    files = ", ".join(f"{number} {suffix}" for suffix, number in proposal.suffixes.items())
    head = f"{make_line(str(proposal.root))}: {proposal.found} Markdown files ({files})"
    lines = [paint(head, "bold", color=view.color), "", *_list_fields(proposal, view), ""]
    settings = _list_settings(proposal)
    name_width = max((len(key) for key, _ in settings), default=0)
    lines += [f"  {key:<{name_width}} = {make_line(value)}" for key, value in settings]
    lines += ["", *_list_reading(summary), format_summary(summary.trust, color=view.color), ""]
    text = "\n".join(lines) + "\n" + format_card_rows(summary.examples, today, view)
    notes = "".join(f"\nNote: {make_line(note)}" for note in proposal.notes)
    return text + notes + ("\n" if notes else "")


def _list_fields(proposal: Proposal, view: View) -> list[str]:
    rows = [("kb's field", "here", "files", "example")]
    rows += [(item.field, item.name, str(item.files), make_line(item.example)) for item in proposal.evidence]
    lines = []
    for field, name, count, example in rows:
        line = f"  {pad_cell(field, 13)} {pad_cell(make_line(name), 22)} {count:>6}  "
        lines.append((line + pad_cell(example, max(view.width - len(line), 8))).rstrip())
    lines[0] = paint(lines[0], "dim", color=view.color)
    return lines


def _list_reading(summary: AdoptionSummary) -> list[str]:
    parts = (
        f"  {summary.dated} with a verification date",
        f"  {summary.timed} with an interval or due date",
        f"  {summary.owned} with an owner",
        f"  {summary.translations} translations" if summary.translations else "",
        f"  {summary.bad_dates} with a date that cannot be read" if summary.bad_dates else "",
    )
    return [f"With it kb reads {summary.cards} cards, of which", *filter(None, parts)]


def list_proposal_rows(adoption: Adoption, _view: View) -> Iterator[tuple[object, ...]]:
    """`field`, kb's field, name here, files, example; `setting`, key, value; `cards`, what, number; `note`, text."""
    proposal, summary, _ = adoption
    for item in proposal.evidence:
        yield "field", item.field, item.name, item.files, item.example
    for key, value in _list_settings(proposal):
        yield "setting", key, value
    for name, number in _describe_reading(summary).items():
        yield "cards", name, number
    for note in proposal.notes:
        yield "note", note


def describe_proposal(adoption: Adoption) -> dict[str, object]:
    """The proposal as data."""
    proposal, summary, _ = adoption
    return {
        "found": proposal.found,
        "fields": [
            {"field": item.field, "name": item.name, "files": item.files, "example": item.example}
            for item in proposal.evidence
        ],
        "settings": dict(proposal.settings),
        "cards": _describe_reading(summary),
        "summary": describe_summary(summary.trust),
        "examples": [describe_card(card, trust) for card, trust in summary.examples],
        "notes": list(proposal.notes),
    }


def _describe_reading(summary: AdoptionSummary) -> dict[str, int]:
    """The numbers of cards, for machines."""
    return {
        "read": summary.cards,
        "with_date": summary.dated,
        "with_bad_date": summary.bad_dates,
        "with_interval": summary.timed,
        "with_owner": summary.owned,
        "translations": summary.translations,
    }
