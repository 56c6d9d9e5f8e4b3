"""The baseline: findings that were there when the gate was switched on. It may only shrink.

`kb-baseline.json` in the knowledge base holds one finding a line as [rule, card, subject], sorted,
with an empty line around each. Where a finding is mended its line goes and the empty ones stay:
git takes changes that touch for a conflict, so this is how two branches may mend neighbours.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from kbcli.errors import KbError
from kbcli.foundation.disk.paths import find_boundary, resolve_inside
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.gate.change import BASELINE_NAME, Entry
from kbcli.knowledge.gate.rule import Finding, Rule, report_file
from kbcli.knowledge.gate.run import CheckResult

STALE_RULE = "stale-baseline"
VERSION = 1
_FIRST = f'{{"kb_baseline": {VERSION}, "findings": ['
_LAST = "null]}"
_HINT = "Take an older version of it from git, or delete it and run `kb check --update-baseline`."


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted findings, each with the line of the file that it stands on, and the file's text."""

    entries: dict[Entry, int]
    text: str = ""


def read_baseline(root: Path, *, join: bool = False) -> Baseline | None:
    """The baseline of a knowledge base, None when it has none. Order and doubles do not matter.

    With `join` a merge conflict in it is read as the findings of both sides. Raises KbError, with
    the remedy, when the file is damaged: a gate must not open by itself.
    """
    path = root / BASELINE_NAME
    if not os.path.lexists(path):
        return None
    resolve_inside(path, find_boundary(root, find_git_root(root)))
    if not path.is_file():
        raise KbError(f"{BASELINE_NAME} is not a regular file", "Delete it, and make it anew.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise KbError(
            f"{BASELINE_NAME} cannot be read: {error}", "Mend it, or delete it and make it anew."
        ) from error
    return parse_baseline(text, join=join)


def parse_baseline(text: str, *, join: bool = False) -> Baseline:
    """The baseline that a file's text holds. Raises KbError as read_baseline does."""
    try:
        entries = _parse_entries(text, join=join)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise KbError(f"{BASELINE_NAME} is damaged: {error}", _HINT) from error
    if not all(len(entry) == 3 and all(isinstance(part, str) for part in entry) for entry in entries):
        raise KbError(f"{BASELINE_NAME} is damaged: not every line is [rule, card, subject]", _HINT)
    lines = {line.rstrip().rstrip(","): number for number, line in enumerate(text.split("\n"), 1)}
    return Baseline({entry: lines.get(_format_entry(entry), 1) for entry in entries}, text)  # type: ignore[misc]


def _parse_entries(text: str, *, join: bool) -> list[tuple[object, ...]]:
    try:
        data = json.loads(text)
    except ValueError:
        return _join_sides(text, join=join)
    if data["kb_baseline"] != VERSION:
        raise KbError(f"{BASELINE_NAME} is of another version of kb", "Update kb.")
    return [tuple(item) for item in data["findings"] if item is not None]


def _join_sides(text: str, *, join: bool) -> list[tuple[object, ...]]:
    """The findings of a file that git made of two: with its marks, or one file after the other.

    The latter is what `merge=union` makes of two new files under the conflict style diff3.
    """
    entries: list[tuple[object, ...]] = []
    ends = {_FIRST: 0, _LAST: 0}
    is_older = False
    for line in text.split("\n"):
        if line.startswith(("<<<<<<<", "|||||||", "=======", ">>>>>>>")):
            if not join:
                raise KbError(
                    f"{BASELINE_NAME} has a merge conflict",
                    "Run `kb check --update-baseline`: it joins both sides, without what is mended.",
                )
            # From this mark to the next stands what both sides began with.
            is_older = line.startswith("|||||||")
        elif line in ends and not is_older:
            ends[line] += 1
        elif line.strip() and not is_older:
            entries.append(tuple(json.loads(line.rstrip().removesuffix(","))))
    if not 0 < ends[_FIRST] == ends[_LAST]:
        raise ValueError("it is cut off")
    return entries


def _format_entry(entry: Iterable[object]) -> str:
    # What is no UTF-8 in a name becomes JSON's own escape.
    return json.dumps(list(entry), ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def _format_line(entry: Entry) -> str:
    return f"{_format_entry(entry)},"


def format_baseline(entries: Iterable[Entry], before: Baseline | None = None) -> str:
    """The file's text: sorted, one finding a line, every one with its comma (a null ends the list).

    It is the text `before` without the lines of what is gone, where that is in order: so the empty ones stay.
    """
    wanted = sorted(set(entries))
    if before is None or not before.entries or not _is_in_order(before):
        inner = (line for entry in wanted for line in (_format_line(entry), ""))
        return "\n".join((_FIRST, "", *inner, _LAST, ""))
    kept = frozenset(wanted)
    known = {_format_line(entry): entry for entry in before.entries}
    added = [entry for entry in wanted if entry not in before.entries]
    lines: list[str] = []
    for line in before.text.rstrip("\n").split("\n"):
        while added and (line == _LAST or (line in known and added[0] < known[line])):
            lines += (_format_line(added.pop(0)), "")
        if line not in known or known[line] in kept:
            lines.append(line)
    return "\n".join((*lines, ""))


def _is_in_order(baseline: Baseline) -> bool:
    lines = baseline.text.rstrip("\n").split("\n")
    entries = (_format_line(entry) for entry in sorted(baseline.entries))
    has_gaps = not any(one and other for one, other in pairwise(lines))
    return has_gaps and [line for line in lines if line] == [_FIRST, *entries, _LAST]


def make_entry(found: Finding) -> Entry:
    """What identifies a finding whatever is edited above it: rule, card (or path), subject."""
    return found.rule, found.card or found.path, found.subject


def follow_renames(baseline: Baseline, library: Library) -> Baseline:
    """The baseline with the cards' present IDs, where `kb mv` noted the former ones."""
    names = {former: card.id for former, card in library.by_former_id.items() if former not in library.by_id}
    entries = {
        (rule, names.get(card, card), subject): line
        for (rule, card, subject), line in baseline.entries.items()
    }
    return replace(baseline, entries=entries)


def shrink_baseline(result: CheckResult, baseline: Baseline | None, rules: Iterable[Rule]) -> list[Entry]:
    """What the baseline should hold now: all that blocks when there was none, else what is left of it.

    Entries of those of kb's `rules` that did not run stay.
    """
    now = {make_entry(found) for found in result.blocking}
    if baseline is None:
        return sorted(now)
    everything = {make_entry(found) for found in result.findings}
    silent = {rule.id for rule in rules} - result.ran
    return sorted(entry for entry in baseline.entries if entry in everything or entry[0] in silent)


def apply_baseline(
    result: CheckResult, baseline: Baseline, rules: Iterable[Rule], *, whole: bool
) -> tuple[CheckResult, int]:
    """The result without the accepted findings, and how many those were.

    Entries whose finding is gone become errors of the rule `stale-baseline`, when the `whole`
    knowledge base was checked and their rule, of kb's `rules`, ran (or is one that kb no longer has).
    """
    kept = tuple(found for found in result.findings if make_entry(found) not in baseline.entries)
    accepted = len(result.findings) - len(kept)
    if whole:
        present = {make_entry(found) for found in result.findings}
        silent = {rule.id for rule in rules} - result.ran
        kept += tuple(
            _report_gone(entry, line)
            for entry, line in sorted(baseline.entries.items())
            if entry not in present and entry[0] not in silent
        )
    return replace(result, findings=kept), accepted


def _report_gone(entry: Entry, line: int) -> Finding:
    rule, card, subject = entry
    what = f"{rule} in {card}" + (f" ({subject})" if subject else "")
    hint = "Run `kb check --update-baseline`: the baseline only shrinks."
    message = f"{what} is mended; it must leave the baseline"
    return report_file(STALE_RULE, BASELINE_NAME, message, hint, line=line, subject=what, severity="error")
