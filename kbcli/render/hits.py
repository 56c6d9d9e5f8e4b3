"""Search results as text, without rich: a search must not wait for it."""

from collections.abc import Sequence
from datetime import date

from kbcli.foundation.text.languages import language_code
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.operations.search import SearchAnswer
from kbcli.render.ansi import STATE_MARKS, STATE_STYLES, cut_to_width, measure_width, paint
from kbcli.render.escape import format_rows, make_visible
from kbcli.render.formats import Envelope, Output, View
from kbcli.render.words import describe_trust

if TYPE_CHECKING:
    from kbcli.knowledge.search.engine import Hit, SearchResult

_INDENT = "    "
_BELOW = 2
"""Lines below the hits: how many more there are, and what is said of another spelling."""

_CLOSING = "，。、．：；！？）」』】》〉"
_HIT_STYLE = "bold underline"
_REPLY = "reply"
"""What a hit is marked with that has a text to send."""


def format_hits_table(answer: SearchAnswer, view: View) -> Output:
    """The hits for a terminal, as many as fit: title and ID, trust, snippet with the hits marked; explanations below."""
    result, color = answer.result, view.color
    blocks: list[str] = []
    earlier = _format_tickets(answer, view)
    # However small the screen, tickets leave the first card its place.
    room = view.height - _BELOW - earlier.count("\n")
    for number, hit in enumerate(result.hits, 1):
        block = _format_hit(number, hit, answer, view.width, color)
        room -= block.count("\n") + 1
        if blocks and view.height and room < 0:
            break
        blocks.append(block)
    more = result.total - len(blocks)
    if more > 0:
        about = "" if result.total_exact else "up to "
        blocks.append(
            paint(f"{_INDENT}{about}{more} more; narrow it down, or --limit N\n", "dim", color=color)
        )
    return _add_explanations("\n".join([*blocks, *filter(None, (earlier,))]), answer, color)


def _format_tickets(answer: SearchAnswer, view: View) -> str:
    """The earlier tickets, below a line that says what they are."""
    if not answer.tickets:
        return ""
    from kbcli.render.tickets.hits import format_hits

    return paint("earlier tickets", "dim", color=view.color) + "\n" + format_hits(answer.tickets, view)


def format_hits_lines(answer: SearchAnswer, view: View) -> Output:
    """One hit a line, tab-separated: ID, state, trust in words, title, snippet, `reply`; explanations below them."""
    rows = (
        (
            hit.record.id,
            hit.trust.state,
            describe_hit_trust(hit, answer.today),
            hit.record.title,
            hit.snippet.text,
            _REPLY if hit.record.has_reply else "",
        )
        for hit in answer.result.hits
    )
    return _add_explanations(format_rows(rows), answer, view.color)


def describe_hit_trust(hit: "Hit", today: date) -> str:
    """The trust of a hit in a phrase."""
    record = hit.record
    verified = date.fromisoformat(record.verified) if record.verified else None
    return describe_trust(hit.trust, verified, record.verified_by, today)


def _add_explanations(text: str, answer: SearchAnswer, color: bool) -> Output:
    explained = format_explanations(answer.result, color=color)
    return Output(text + "\n" + explained if explained else text, warnings=_list_talk(answer))


def _list_talk(answer: SearchAnswer) -> tuple[str, ...]:
    """What is said beside the hits: warnings, what was searched for instead, and other spellings."""
    result = answer.result
    talk = list(result.warnings)
    if result.is_weak:
        talk.append("nothing fits well; if no card answers this, `kb new` makes one")
    if not result.hits:
        what = "no card" if answer.tickets else "nothing"
        talk.append(f"{what} found for “{result.query.text}”" if result.query.text else f"{what} found")
    elif result.corrected is not None:
        talk.append(_describe_corrections(result))
    if result.suggestions:
        talk.append(f"did you mean: “{result.suggestions[0]}”")
    return tuple(talk)


def _describe_corrections(result: "SearchResult") -> str:
    """What was searched for that was not typed so, in one line."""
    parts = [f"no card says “{phrase}”; its words are searched for" for phrase in result.freed]
    for use in result.spellings:
        near = " or ".join(f"“{text}”" for text in use.searched)
        parts.append(f"no card has “{use.typed}”; {near} is searched for too")
    return "; ".join(parts)


def describe_hits(answer: SearchAnswer) -> Envelope:
    """The data of `kb search`, with its warnings as problems."""
    from kbcli.render.json import describe_card

    result = answer.result
    hits = []
    for hit in result.hits:
        entry: dict[str, object] = {
            "card": describe_card(hit.record, hit.trust),
            "score": round(hit.score, 6),
            "snippet": hit.snippet.text,
            "marks": [list(span) for span in hit.snippet.spans],
            "reply": hit.record.has_reply,
        }
        if hit.explanation is not None:
            entry["explanation"] = {
                "contributions": [part._asdict() for part in hit.explanation.contributions],
                "factors": [factor._asdict() for factor in hit.explanation.factors],
                "missing": list(hit.explanation.missing),
                "synonyms": [use._asdict() for use in hit.explanation.synonyms],
            }
        hits.append(entry)
    data: dict[str, object] = {
        "query": result.query.text,
        "total": result.total,
        "hits": hits,
        "tickets": _describe_tickets(answer),
        "corrected": result.corrected,
        "spellings": [use._asdict() for use in result.spellings],
        "freed": list(result.freed),
        "suggestions": list(result.suggestions),
        "lang": result.lang,
        "fit": None if result.fit is None else round(result.fit, 3),
        "nearest": result.nearest
        and {"id": result.nearest.id, "title": result.nearest.title, "lang": result.nearest.lang},
    }
    if answer.engine is not None:
        data["engine"] = {"used": answer.engine.used, "reason": answer.engine.reason or None}
    return Envelope(data, tuple({"message": text} for text in result.warnings))


def _describe_tickets(answer: SearchAnswer) -> list[dict[str, object]]:
    if not answer.tickets:
        return []
    from kbcli.render.tickets.hits import describe_hits as describe_tickets

    return describe_tickets(answer.tickets)


def _format_hit(number: int, hit: "Hit", answer: SearchAnswer, width: int, color: bool) -> str:
    record, trust = hit.record, hit.trust
    label = f"{number:>2}  "
    ident = make_visible(record.id)
    room = width - len(label) - measure_width(ident) - 2
    title = make_visible(record.title)
    spans = hit.title_spans if title == record.title else ()
    if measure_width(title) > max(room, 30):
        title = cut_to_width(title, max(room, 30)) if room >= 30 else title
        spans = tuple((start, end) for start, end in spans if end < len(title))
    head = paint(label, "dim", color=color) + _mark_spans(title, spans, color, base="bold")
    gap = width - len(label) - measure_width(title) - measure_width(ident)
    head += (" " * gap if gap >= 2 else f"\n{_INDENT}") + paint(ident, "cyan", color=color)
    phrase = make_visible(describe_hit_trust(hit, answer.today))
    extra = "".join(f" · {text}" for text in _list_notes(hit, answer.result.lang))
    state = paint(f"{STATE_MARKS[trust.state]} {phrase}", STATE_STYLES[trust.state], color=color)
    lines = [head, f"{_INDENT}{state}{paint(extra, 'dim', color=color)}"]
    if hit.snippet.text:
        lines.extend(_wrap_snippet(hit, width - len(_INDENT), color))
    return "\n".join(lines) + "\n"


def _list_notes(hit: "Hit", lang: str) -> list[str]:
    """What else to know before using the card, beside its state, for a query in a language."""
    record, trust = hit.record, hit.trust
    notes = [reason.state for reason in trust.reasons[1:] if reason.state != trust.state]
    if record.has_reply:
        notes.append(_REPLY)
    if record.audience == "public":
        notes.append("public")
    if record.status == "draft" and trust.state != "draft":
        notes.append("draft")
    if language_code(record.lang) not in ("", language_code(lang)):
        notes.append(f"in “{record.lang}”")
    return [make_visible(note) for note in dict.fromkeys(notes)]


def _mark_spans(text: str, spans: Sequence[tuple[int, int]], color: bool, base: str = "") -> str:
    if not color:
        return text
    parts, position = [], 0
    for start, end in spans:
        parts += [
            paint(text[position:start], base, color=True),
            paint(text[start:end], _HIT_STYLE, color=True),
        ]
        position = end
    parts.append(paint(text[position:], base, color=True))
    return "".join(parts)


def _wrap_snippet(hit: "Hit", width: int, color: bool) -> list[str]:
    """The snippet on as many lines as it needs, at most three, marks kept across line ends."""
    text, spans = hit.snippet.text, list(hit.snippet.spans)
    if text.endswith(" …"):
        # So that the ellipsis never stands alone on a line.
        text = text[:-2] + "…"
    lines: list[str] = []
    start = 0
    while start < len(text) and len(lines) < 3:
        end = _find_line_end(text, start, max(width, 20))
        piece = text[start:end]
        visible = make_visible(piece)
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in spans if a < end and b > start]
        lines.append(_INDENT + _mark_spans(visible, inside if visible == piece else (), color))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
    return lines


def _find_line_end(text: str, start: int, width: int) -> int:
    """Where a line that starts at `start` ends: at a space if there is one, else where it is full."""
    used, space = 0, -1
    for index in range(start, len(text)):
        used += measure_width(text[index])
        if used > width:
            if space > start + width // 3:
                return space
            # No line of Chinese or Japanese begins with what closes a sentence or a bracket.
            return index - 1 if text[index] in _CLOSING and index - 1 > start else index
        if text[index] == " ":
            space = index
    return len(text)


def format_explanations(result: "SearchResult", *, color: bool) -> str:
    """Why each hit ranks where it does, for people."""
    blocks = []
    for number, hit in enumerate(result.hits, 1):
        why = hit.explanation
        if why is None:
            continue
        lines = [
            paint(f"{number:>2}  {make_visible(hit.record.id)}  score {why.score:.3f}", "bold", color=color)
        ]
        lines += [
            f"{_INDENT}{part.score:8.3f}  {make_visible(part.word)} in {part.field}"
            for part in why.contributions
        ]
        lines += [f"{_INDENT}× {factor.value:6.3f}  {factor.name}" for factor in why.factors]
        lines += [
            f"{_INDENT}synonym: {make_visible(use.wording)} → {make_visible(use.other)}"
            for use in why.synonyms
        ]
        if why.missing:
            lines.append(f"{_INDENT}without: {', '.join(make_visible(word) for word in why.missing)}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)
