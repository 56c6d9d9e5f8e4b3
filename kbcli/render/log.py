"""The life of a card on a terminal, in a pipe and as JSON."""

from collections.abc import Sequence

from kbcli.knowledge.past.life import Life, LifeEvent
from kbcli.knowledge.past.textchange import TextChange
from kbcli.render.ansi import cut_to_width, measure_width, pad_cell, paint
from kbcli.render.escape import escape_field, make_line
from kbcli.render.words import shorten_person

LOG_COLUMNS = ("day", "event", "who", "commit", "words_added", "words_removed", "text")
_MARKS = {
    "created": "+", "deleted": "−", "moved": "→", "edited": "≠", "merged": "⑂", "fields": "·", "verified": "✓", "unverified": "○",
    "pinned": "⚓", "flagged": "⚑", "unflagged": "⚐", "archived": "▪", "activated": "▸", "drafted": "✎",
    "interval": "◷", "expired": "✗", "hidden": "┄",
}  # fmt: skip
_STYLES = {
    "created": "cyan", "deleted": "red", "moved": "cyan", "edited": "magenta", "verified": "green", "flagged": "red bold",
    "expired": "red", "fields": "dim", "hidden": "yellow", "archived": "dim", "interval": "yellow",
}  # fmt: skip
_UNCOMMITTED = "uncommitted"


def format_log_table(life: Life, *, width: int, color: bool) -> str:
    """One event a line, newest first: day, what, by whom, how much; then what git cannot tell."""
    lines = [paint(f"{make_line(life.card.title)}  ({make_line(life.card.id)})", "bold", color=color)]
    people = [make_line(shorten_person(event.who)) for event in life.events]
    name_width = min(max((measure_width(name) for name in people), default=0), 24)
    room = max(width - name_width - 29, 30)
    for event, who in zip(life.events, people, strict=True):
        style = _STYLES.get(event.kind, "")
        day = event.day.isoformat() if event.day else _UNCOMMITTED
        what = paint(f"{_MARKS[event.kind]} {event.kind:<10}", style, color=color)
        text = cut_to_width(describe_event(event), room)
        lines.append(f"{day:<11}  {what}  {pad_cell(who, name_width)}  {text}".rstrip())
    lines += [paint(f"note: {make_line(note)}", "yellow", color=color) for note in life.notes]
    return "".join(f"{line}\n" for line in lines)


def describe_event(event: LifeEvent) -> str:
    """The rest of an event in words: how much of the text changed, the names, the reason, the commit's subject."""
    parts = []
    if event.kind == "verified":
        parts.append(_describe_verified(event))
    elif event.change is not None:
        parts.append(_describe_change(event.change))
    if event.kind == "hidden":
        parts.append("what came before is not in this shallow clone")
    if event.detail:
        parts.append(make_line(event.detail))
    if event.commit is not None and event.kind not in ("verified", "hidden") and not event.detail:
        parts.append(f"“{make_line(event.commit.subject)}”")
    return ", ".join(part for part in parts if part)


def _describe_verified(event: LifeEvent) -> str:
    if event.first:
        return "for the first time"
    if event.unchanged:
        return "text unchanged since it was last verified"
    if event.change is None:
        return "what changed since it was last verified is not known"
    return f"{_describe_change(event.change)} since it was last verified"


def _describe_change(change: TextChange) -> str:
    if not change.added and not change.removed:
        return "no word changed"
    parts = [f"+{change.added}" if change.added else "", f"−{change.removed}" if change.removed else ""]
    total = max(change.added, change.removed)
    return f"{' '.join(part for part in parts if part)} {'word' if total == 1 else 'words'}"


def format_log_lines(life: Life) -> str:
    """One event a line, tab-separated: day, event, who, commit, words added, words removed, text."""
    rows = (
        (
            event.day.isoformat() if event.day else _UNCOMMITTED, event.kind, event.who,
            event.commit.sha[:10] if event.commit else "",
            str(event.change.added) if event.change else "", str(event.change.removed) if event.change else "",
            describe_event(event),
        )
        for event in life.events
    )  # fmt: skip
    return "".join("\t".join(map(escape_field, row)) + "\n" for row in rows)


def describe_events(events: Sequence[LifeEvent]) -> list[dict[str, object]]:
    """The events as JSON objects; `text` is `unchanged`, `changed` or null where nothing tells."""
    return [
        {
            "day": event.day.isoformat() if event.day else None,
            "event": event.kind,
            "who": event.who or None,
            "detail": event.detail or None,
            "commit": event.commit.sha if event.commit else None,
            "subject": event.commit.subject if event.commit else None,
            "words_added": event.change.added if event.change else None,
            "words_removed": event.change.removed if event.change else None,
            "text": "unchanged" if event.unchanged else "changed" if event.change else None,
            "first": event.first,
            "committed": event.commit is not None or event.kind == "expired",
        }
        for event in events
    ]
