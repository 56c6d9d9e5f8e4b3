"""Pairs of near-duplicates."""

from collections.abc import Iterator

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.cards.model import Card
from kbcli.operations.duplicates import DuplicateList
from kbcli.render.ansi import measure_width, pad_cell, paint
from kbcli.render.escape import make_line
from kbcli.render.formats import View
from kbcli.render.json import describe_card

_SHARE_WIDTH = 7


def list_duplicate_rows(found: DuplicateList, _view: View) -> Iterator[tuple[str, ...]]:
    """One pair a row: similarity (0.00 to 1.00), both IDs, the contained one's ID or nothing, both titles."""
    for pair in found.pairs:
        share = f"{int(pair.similarity * 100) / 100:.2f}"
        contained = pair.contained.id if pair.contained else ""
        yield share, pair.a.id, pair.b.id, contained, pair.a.title, pair.b.title


def format_duplicate_table(found: DuplicateList, view: View) -> str:
    """Each pair on two lines, a third when one card is contained in the other; then what to do."""
    pairs, width, color = found.pairs, view.width, view.color
    if not pairs:
        return "No two cards say the same.\n"
    widest = max(measure_width(make_line(card.id)) for pair in pairs for card in (pair.a, pair.b))
    id_width = min(widest, max(20, (width - _SHARE_WIDTH) * 3 // 5))
    parts = []
    for pair in pairs:
        share = paint(f"{int(pair.similarity * 100):>3} %".ljust(_SHARE_WIDTH), "bold", color=color)
        parts.append(share + _format_card(pair.a, id_width, width, color))
        parts.append(" " * _SHARE_WIDTH + _format_card(pair.b, id_width, width, color))
        if pair.contained is not None:
            whole = pair.b if pair.contained is pair.a else pair.a
            note = f"{make_line(pair.contained.id)} is contained in {make_line(whole.id)}"
            parts.append(" " * _SHARE_WIDTH + paint(note, "yellow", color=color) + "\n")
        parts.append("\n")
    count = count_things(len(pairs), "pair")
    advice = (
        "Merge two cards into one and list the other's ID in its former_ids;",
        "when both are needed, add `distinct_from: [ID of the other]` to one of them.",
    )
    return "".join(parts) + f"{paint(count, 'bold', color=color)}. {advice[0]}\n{advice[1]}\n"


def describe_duplicates(found: DuplicateList) -> dict[str, object]:
    """The data of `kb duplicates`."""
    entries = [
        {
            "cards": [describe_card(card, found.trusts[card.path]) for card in (pair.a, pair.b)],
            "similarity": round(pair.similarity, 4),
            "jaccard": round(pair.jaccard, 4),
            "contained": pair.contained.id if pair.contained else None,
        }
        for pair in found.pairs
    ]
    return {"pairs": entries, "summary": {"pairs": len(entries), "threshold": found.threshold}}


def _format_card(card: Card, id_width: int, width: int, color: bool) -> str:
    ident = paint(pad_cell(make_line(card.id), id_width), "cyan", color=color)
    room = max(10, width - _SHARE_WIDTH - id_width - 2)
    return f"{ident}  {pad_cell(make_line(card.title), room).rstrip()}\n"
