"""Gaps take: who writes the card that is missing."""

from kbcli.errors import RefusedError, UsageError
from kbcli.foundation.redaction import refuse_personal_data
from kbcli.operations.base import Base
from kbcli.operations.gaps import GapChange, find_gap
from kbcli.operations.link import keep_lines
from kbcli.support.links.lines import TAKEN, VOID, LinkLine, make_id, read_question


def take_gap(
    kb: Base, gap: str, *, by: str | None = None, undo: bool = False, commit: bool = False
) -> GapChange:
    """Note who writes the card for a gap (a number of the list, or its words): `by`, else who acts.

    `undo` gives it back. Raises RefusedError where somebody else has it, or where its words hold personal data; KbError for an
    unknown gap; UsageError to give back what nobody took.
    """
    found = find_gap(kb, gap)
    if undo:
        if not found.taken:
            raise UsageError(f"nobody writes “{found.asked}”", "`kb gaps` says who writes what.")
        made = [LinkLine(line.id, kb.today, "", outcome=VOID) for line in found.taken]
        path = keep_lines(kb, kb.config, made, f"Give back: {found.asked}", commit=commit)
        return GapChange(found.asked, found.taken[-1], path, undone=True)
    who = kb.find_actor(by)
    refuse_personal_data(who, "who writes it", but="email")
    others = [line for line in found.taken if line.by.casefold() != who.casefold()]
    if others:
        hint = "Agree with them first; `kb gaps take N --undo` gives it back."
        raise RefusedError(f"{others[0].by} writes “{found.asked}” since {others[0].on}", hint)
    if found.taken:
        return GapChange(found.asked, found.taken[-1])
    line = LinkLine(make_id(), kb.today, "", outcome=TAKEN, asked=read_question(found.asked), by=who)
    path = keep_lines(kb, kb.config, [line], f"Take: {found.asked}", commit=commit)
    return GapChange(found.asked, line, path)
