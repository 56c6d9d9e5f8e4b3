"""What a verifier sees before saying yes, and what became of cards: verified, or pinned."""

from collections.abc import Iterator, Mapping, Sequence

from kbcli.knowledge.edit.verification import RESULTS, PinRow, VerificationPlan
from kbcli.operations.base import JudgedCard
from kbcli.operations.verify import Outcome, Pins, Verification
from kbcli.render.ansi import cut_to_width, pad_cell, paint
from kbcli.render.changes import format_state_line
from kbcli.render.diff import format_diff
from kbcli.render.escape import make_line
from kbcli.render.formats import Envelope, Output, View
from kbcli.render.json import describe_card

_STYLES = {"pinned": "green", "kept": "dim", "untrusted": "yellow", "refused": "red"}
_BASES = {
    "history": "its text did not change since its date, by git history",
    "date": "by its date alone: git does not tell whether its text changed",
    "digest": "it has a digest already",
    "": "never verified",
}


def format_plan(plan: VerificationPlan, card: JudgedCard, view: View, *, diff: bool, asks: bool) -> str:
    """The card's state and, with `diff`, what changed since it was verified, or all of it.

    A text that did not change is shown where the question follows whether it is right.
    """
    text = format_state_line(card, view)
    if not diff:
        return text
    if plan.changed:
        return f"{text}  {plan.basis_text}\n{format_change(plan, view)}"
    said = plan.basis_text if plan.changed is None else "The text is as it was verified."
    if plan.changed is False and not asks:
        return f"{text}  {said}\n"
    # All of it must be read before a yes means anything.
    from kbcli.render.cards import format_body

    body = format_body(card.card, card.today, width=view.width, color=view.color)
    return f"{text}  {said}\n\n{body}\n"


def format_change(plan: VerificationPlan, view: View) -> str:
    """The difference between the text as verified and as it stands."""
    # The text begins with title, audience and a blank line, then the body.
    first = max(1, plan.card.body_line - 3)
    return format_diff(
        plan.old_text or "", plan.new_text, color=view.color, first_line=first, width=view.width
    )


def format_verification_table(verification: Verification, view: View) -> Output:
    """A line for each stamped card; beside it, which will never fall due."""
    stamped = [
        outcome.card
        for outcome in verification.outcomes
        if outcome.result == "verified" and outcome.card is not None
    ]
    talk = tuple(
        f"{one.card.id} has no interval, so it never falls due; give it one: --every 6m"
        for one in stamped
        if one.trust.due is None and not one.card.verify_never_reason
    )
    return Output("".join(format_state_line(one, view) for one in stamped), talk)


def list_verification_rows(verification: Verification, _view: View) -> Iterator[tuple[object, ...]]:
    """One card a row: ID, verified, declined or refused, due date."""
    for outcome in verification.outcomes:
        card = outcome.card
        yield (
            card.card.id if card is not None else outcome.reference,
            outcome.result,
            card.trust.due if card is not None else None,
        )


def describe_verification(verification: Verification) -> Envelope:
    """The data of `kb verify`; refusals are problems too."""
    problems = tuple(
        {"card": outcome.reference, "message": outcome.message, "hint": outcome.hint}
        for outcome in verification.outcomes
        if outcome.result == "refused"
    )
    return Envelope(
        {
            "cards": [_describe_outcome(outcome) for outcome in verification.outcomes],
            "commit": verification.commit or None,
        },
        problems,
    )


def _describe_outcome(outcome: Outcome) -> Mapping[str, object]:
    card = outcome.card
    return {
        "reference": outcome.reference,
        "result": outcome.result,
        "message": outcome.message or None,
        "card": describe_card(card.card, card.trust) if card is not None else None,
    }


def list_pin_rows(pins: Pins, _view: View) -> list[tuple[str, ...]]:
    """One card a row: ID, result, basis, reason."""
    return [(row.card.id, row.result, row.basis, row.text) for row in pins.rows]


def format_pin_table(pins: Pins, view: View) -> str:
    """Cards by result with what each was judged by, and the sum."""
    ids = [make_line(row.card.id) for row in pins.rows]
    id_width = min(max(map(len, ids), default=0), max(20, view.width // 3))
    lines = []
    for row in sorted(pins.rows, key=lambda row: RESULTS.index(row.result)):
        result = paint(f"{row.result:<9}", _STYLES[row.result], color=view.color)
        why = row.text or _BASES[row.basis]
        shown = cut_to_width(make_line(why), max(view.width - id_width - 13, 20))
        lines.append(f"{result}  {pad_cell(make_line(row.card.id), id_width)}  {shown}")
    counts = [f"{number} {result}" for result, number in _count_pins(pins.rows).items() if number]
    ending = " (dry run: nothing was written)" if pins.dry_run else ""
    lines.append(paint((", ".join(counts) or "no active card") + ending, "bold", color=view.color))
    return "\n".join(lines) + "\n"


def describe_pins(pins: Pins) -> dict[str, object]:
    """The data of `kb verify --pin`."""
    return {
        "pins": [_describe_pin(row) for row in pins.rows],
        "summary": _count_pins(pins.rows),
        "dry_run": pins.dry_run,
        "commit": pins.commit or None,
    }


def _describe_pin(row: PinRow) -> dict[str, object]:
    digest = row.card.digest if row.result == "pinned" else row.card.verified_digest
    return {
        "id": row.card.id,
        "path": row.card.path,
        "result": row.result,
        "basis": row.basis or None,
        "state": row.trust.state,
        "digest": digest or None,
        "message": row.text or None,
        "hint": row.hint or None,
    }


def _count_pins(rows: Sequence[PinRow]) -> dict[str, int]:
    """How many cards came to each result."""
    return {result: sum(row.result == result for row in rows) for result in RESULTS}
