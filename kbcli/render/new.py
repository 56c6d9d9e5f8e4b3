"""A new card on a terminal, in a pipe and as JSON."""

import os

from kbcli.operations.new import Creation
from kbcli.render.escape import escape_field, make_line
from kbcli.render.formats import Output, View
from kbcli.render.json import describe_card


def format_new_table(creation: Creation, view: View) -> Output:
    """ID, and the path from here."""
    del view
    if creation.card is None or creation.path is None:
        return Output("", (creation.note,))
    line = f"{make_line(creation.card.card.id)}  {make_line(os.path.relpath(creation.path))}\n"
    return Output(line, _list_steps(creation))


def format_new_line(creation: Creation, view: View) -> Output:
    """ID and full path, tab-separated."""
    del view
    if creation.card is None or creation.path is None:
        return Output("", (creation.note,))
    line = f"{escape_field(creation.card.card.id)}\t{escape_field(str(creation.path))}\n"
    return Output(line, _list_steps(creation))


def _list_steps(creation: Creation) -> tuple[str, ...]:
    """What is left to do of a translation."""
    card = creation.card.card if creation.card is not None else None
    if card is None or card.status != "draft" or not card.translation_of:
        return ()
    steps = f"kb edit {card.id} --status active, then kb verify {card.id}"
    return (f"a draft; when it is translated: {steps}",)


def describe_creation(creation: Creation) -> dict[str, object]:
    """The data of `kb new`."""
    card = creation.card
    return {
        "card": None if card is None else describe_card(card.card, card.trust),
        "similar": [describe_card(hit.record, hit.trust) for hit in creation.neighbours.similar],
        "repeats": [
            {
                "card": describe_card(repeat.card, repeat.trust),
                "similarity": round(repeat.similarity, 4),
                "contained": repeat.contained.id if repeat.contained else None,
            }
            for repeat in creation.neighbours.repeats
        ],
    }
