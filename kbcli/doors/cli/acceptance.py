"""`kb check --update-baseline`: accepting what is there, and telling git how to merge it."""

from typing import TYPE_CHECKING

from kbcli.doors.cli.session import Session

if TYPE_CHECKING:
    from kbcli.knowledge.cards.library import Library
    from kbcli.knowledge.gate.run import CheckResult


def write_baseline(session: Session, library: "Library", result: "CheckResult", form: str) -> int:
    """Write the baseline: all that blocks the first time, from then on only what is left; returns the exit status."""
    from kbcli.foundation.disk.atomic import replace_file
    from kbcli.foundation.disk.containment import find_boundary, resolve_inside
    from kbcli.knowledge.gate.baseline import (
        BASELINE_NAME,
        follow_renames,
        format_baseline,
        make_entry,
        read_baseline,
        shrink_baseline,
    )
    from kbcli.operations.rules import RULES

    found = read_baseline(session.root, join=True)
    before = None if found is None else follow_renames(found, library)
    entries = shrink_baseline(result, before, RULES)
    path = resolve_inside(session.root / BASELINE_NAME, find_boundary(session.root, session.config.git_root))
    replace_file(path, format_baseline(entries, found).encode())
    new = {make_entry(found) for found in result.blocking} - set(entries)
    gone = len(before.entries) - len(entries) if before else 0
    session.say(f"{path.name}: {len(entries)} accepted findings" + (f", {gone} gone" if gone else ""))
    _declare_merging(session)
    if new:
        session.say(f"{len(new)} new findings were not accepted: a baseline only shrinks; mend them")
    if form == "json":
        from kbcli.render.json import format_envelope

        session.write(
            format_envelope(
                "check", {"baseline": {"accepted": len(entries), "gone": gone, "refused": len(new)}}
            )
        )
    return 1 if new else 0


def _declare_merging(session: Session) -> None:
    """Let git join baselines that two branches made, unless `.gitattributes` says otherwise."""
    from kbcli.errors import KbError
    from kbcli.foundation.git.commit import ATTRIBUTES_NAME, add_merge_driver
    from kbcli.knowledge.gate.baseline import BASELINE_NAME

    if session.config.git_root is None:
        return
    try:
        line = add_merge_driver(session.root, BASELINE_NAME, "union")
    except (KbError, OSError) as error:
        hint = f". {error.hint}" if isinstance(error, KbError) and error.hint else ""
        session.say(f"{ATTRIBUTES_NAME} was left as it is: {error}{hint}")
    else:
        if line:
            session.say(f"{ATTRIBUTES_NAME}: added “{line}”, so that git joins baselines; commit both files")
