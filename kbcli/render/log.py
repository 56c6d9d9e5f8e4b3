"""The life of a card on a terminal, in a pipe and as JSON."""

from kbcli.knowledge.past.life import Life, LifeEvent, TextChange
from kbcli.render.ansi import cut_to_width, measure_width, pad_cell, paint
from kbcli.render.escape import format_rows, make_line
from kbcli.render.formats import Output, View
from kbcli.render.words import shorten_person

# The mark of each event, and its style.
_LOOKS = {
    "created": ("+", "cyan"),
    "deleted": ("−", "red"),
    "moved": ("→", "cyan"),
    "edited": ("≠", "magenta"),
    "merged": ("⑂", ""),
    "fields": ("·", "dim"),
    "verified": ("✓", "green"),
    "unverified": ("○", ""),
    "pinned": ("⚓", ""),
    "flagged": ("⚑", "red bold"),
    "unflagged": ("⚐", ""),
    "archived": ("▪", "dim"),
    "activated": ("▸", ""),
    "drafted": ("✎", ""),
    "interval": ("◷", "yellow"),
    "expired": ("✗", "red"),
    "hidden": ("┄", "yellow"),
}
_UNCOMMITTED = "uncommitted"


def format_log_table(life: Life, view: View) -> str:
    """One event a line, newest first: day, what, by whom, how much; then what git cannot tell."""
    color = view.color
    lines = [paint(f"{make_line(life.card.title)}  ({make_line(life.card.id)})", "bold", color=color)]
    people = [make_line(shorten_person(event.who)) for event in life.events]
    name_width = min(max((measure_width(name) for name in people), default=0), 24)
    room = max(view.width - name_width - 29, 30)
    for event, who in zip(life.events, people, strict=True):
        mark, style = _LOOKS[event.kind]
        day = event.day.isoformat() if event.day else _UNCOMMITTED
        what = paint(f"{mark} {event.kind:<10}", style, color=color)
        text = cut_to_width(describe_event(event), room)
        lines.append(f"{day:<11}  {what}  {pad_cell(who, name_width)}  {text}".rstrip())
    lines += [paint(f"note: {make_line(note)}", "yellow", color=color) for note in life.notes]
    return "".join(f"{line}\n" for line in lines)


def describe_event(event: LifeEvent) -> str:
    """The rest of an event in words: how much of the text changed, the names, the reason, the commit's subject."""
    if event.kind == "hidden":
        parts = ["what came before is not in this shallow clone", event.detail]
    elif event.kind == "verified":
        parts = [_describe_verified(event), event.detail]
    else:
        subject = f"“{event.commit.subject}”" if event.commit is not None else ""
        parts = [_describe_change(event.change), event.detail or subject]
    return ", ".join(map(make_line, filter(None, parts)))


def _describe_verified(event: LifeEvent) -> str:
    if event.first:
        return "for the first time"
    if event.unchanged:
        return "text unchanged since it was last verified"
    if event.change is None:
        return "what changed since it was last verified is not known"
    return f"{_describe_change(event.change)} since it was last verified"


def _describe_change(change: TextChange | None) -> str:
    if change is None:
        return ""
    if not change.added and not change.removed:
        return "no word changed"
    parts = [f"+{change.added}" if change.added else "", f"−{change.removed}" if change.removed else ""]
    total = max(change.added, change.removed)
    return f"{' '.join(filter(None, parts))} {'word' if total == 1 else 'words'}"


def format_log_lines(life: Life, _view: View) -> Output:
    """One event a line, tab-separated: day, event, who, commit, words added, words removed, text; notes beside."""
    rows = (
        (
            event.day or _UNCOMMITTED,
            event.kind,
            event.who,
            event.commit and event.commit.sha[:10],
            event.change and event.change.added,
            event.change and event.change.removed,
            describe_event(event),
        )
        for event in life.events
    )
    return Output(format_rows(rows), life.notes)


def describe_life(life: Life) -> dict[str, object]:
    """The data of `kb log`."""
    card = life.card
    return {
        "id": card.id,
        "path": card.path,
        "title": card.title,
        "events": [_describe_fields(event) for event in life.events],
        "notes": list(life.notes),
    }


def _describe_fields(event: LifeEvent) -> dict[str, object]:
    """An event as a JSON object; `text` is `unchanged`, `changed` or null where nothing tells."""
    change, commit = event.change, event.commit
    return {
        "day": event.day.isoformat() if event.day else None,
        "event": event.kind,
        "who": event.who or None,
        "detail": event.detail or None,
        "commit": commit.sha if commit else None,
        "subject": commit.subject if commit else None,
        "words_added": change.added if change else None,
        "words_removed": change.removed if change else None,
        "text": "unchanged" if event.unchanged else "changed" if change else None,
        "first": event.first,
        "committed": commit is not None or event.kind == "expired",
    }
