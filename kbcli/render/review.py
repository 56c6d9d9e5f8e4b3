"""One card of the verifier's queue as a screen: its trust, what changed since it was verified, the keys; and the sum."""

from collections.abc import Mapping, Sequence

from kbcli.knowledge.edit.verification import VerificationPlan
from kbcli.operations.review import ReviewedCard
from kbcli.render.ansi import paint
from kbcli.render.cards import format_banner, format_body
from kbcli.render.escape import make_line
from kbcli.render.formats import View
from kbcli.render.verify import format_change

KEYS = {
    "v": "verify",
    "e": "edit",
    "f": "flag",
    "i": "interval",
    "s": "skip",
    "l": "log",
    "t": "whole text",
    "q": "quit",
}
COUNTED = ("verified", "edited", "flagged", "rescheduled", "skipped", "left")


def format_screen(shown: ReviewedCard, view: View, *, place: int, total: int, height: int) -> str:
    """Where one is in the queue, the banner, and the difference since the verified text; else the text itself.

    A text longer than `height` lines is cut, and says so.
    """
    plan, (card, trust, today) = shown
    width, color = view.width, view.color
    text = "\n" + paint(f"{place} of {total}", "bold", color=color) + "\n"
    text += format_banner(card, trust, today, width=width, color=color)
    if plan.changed:
        text += paint(f"What changed, {make_line(plan.basis_text)}:", "bold", color=color) + "\n"
        text += format_change(plan, view)
    else:
        text += paint(_describe_text(plan), "bold", color=color) + "\n\n"
        text += cut_lines(format_body(card, today, width=width, color=color), height, color=color)
    if plan.refusal:
        why = f"It cannot be verified: {make_line(plan.refusal)}. {make_line(plan.hint)}"
        text += paint(why, "yellow", color=color) + "\n"
    return text


def _describe_text(plan: VerificationPlan) -> str:
    if plan.changed is False:
        return "The text is as it was verified. Is it still right?"
    words = make_line(plan.basis_text)
    return f"{words[:1].upper()}{words[1:]}; so read all of it:"


def cut_lines(text: str, height: int, *, color: bool) -> str:
    """The first `height` lines, and how many there are more."""
    lines = text.splitlines()
    if len(lines) <= height:
        return text
    rest = len(lines) - height
    more = paint(f"… {rest} more lines: t shows all of it", "dim", color=color)
    return "\n".join(lines[:height]) + f"\n{more}\n"


def format_keys(*, color: bool) -> str:
    """The keys on one line."""
    return "  ".join(f"{paint(f'[{key}]', 'bold', color=color)} {name}" for key, name in KEYS.items())


def format_outcome(counts: Mapping[str, int], stamped: Sequence[str], *, color: bool) -> str:
    """What became of the queue in one line, then the verified cards."""
    told = [f"{counts[name]} {name}" for name in COUNTED if counts.get(name)]
    lines = [paint("Review: " + (", ".join(told) or "nothing was done"), "bold", color=color)]
    lines += [paint(f"  ✓ {make_line(ident)}", "green", color=color) for ident in stamped]
    return "\n".join(lines) + "\n"
