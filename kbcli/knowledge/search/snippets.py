"""The passage of a card that shows best why it was found."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from kbcli.foundation.markdown.passages import Passage, recall_passages, strip_markup
from kbcli.foundation.text.languages import fold_roughly, word_start
from kbcli.foundation.text.pipeline import QueryWord, find_matches
from kbcli.foundation.text.width import sign_width, text_width
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.record import CardRecord

SNIPPET_WIDTH = 180
"""Columns that a snippet takes at most."""

_SHORT = 90
"""A passage of fewer columns is shown with what follows it."""

_JUDGED = 12
"""Passages of one body in which matches are looked for exactly."""

_HEADING_WORTH = 0.5
_SENTENCE_ENDS = ".!?。！？।…"
ELLIPSIS = "…"


Span = tuple[int, int]


class Snippet(NamedTuple):
    """A passage of a card on one line, and where the words of the query stand in it.

    `spans` are (start, end) in characters of `text`, ascending, not overlapping. A passage cut
    out of more text begins or ends with an ellipsis, which is part of `text`. Control characters
    are the renderer's business, except that there are no line breaks and tabs.
    """

    text: str
    spans: tuple[Span, ...] = ()


class SnippetCutter:
    """Cuts snippets for the words of one query.

    `weights` are how much each tells; a word without one counts 1. What the words found in a text begin
    with, case folded, is a cheap sieve before the exact look.
    """

    def __init__(self, words: Sequence[QueryWord], weights: Mapping[QueryWord, float]) -> None:
        self._words = words
        self._weights = [max(weights.get(word, 1.0), 0.001) for word in words]
        self._beginnings = [_find_beginnings(word) for word in words]
        self._titles: dict[str, list[tuple[int, int, int]]] = {}

    def cut(self, body: str, record: CardRecord, width: int = SNIPPET_WIDTH) -> Snippet:
        """The passage that holds the most telling words; without any the first paragraph.

        The first paragraph answers what the title names, and counts as if it held the words of it.
        """
        # A NUL, which renders so, is kept for what stands between passages.
        passages = recall_passages(body.replace("\0", "\ufffd"), record.passages)
        first = _find_first(passages)
        sieved = self._sieve_all(passages, first, record.title)
        place = self._find_best(passages, sieved, record, first)
        if place is None:
            place = first
        if place is None:
            return Snippet("")
        text = _show_passage(passages, place, width)
        matches = self._match(text, record.lang)
        start, end = self._choose_window(text, matches, width)
        return _cut_window(text, start, end, [(begin, stop) for begin, stop, _ in matches])

    def mark(self, text: str, lang: str) -> tuple[Span, ...]:
        """Where the query's words stand in a short text, such as a title."""
        return _merge_spans([(start, end) for start, end, _ in self._match_title(text, lang)])

    def _match_title(self, title: str, lang: str) -> list[tuple[int, int, int]]:
        if title not in self._titles:
            self._titles[title] = self._match(title, lang)
        return self._titles[title]

    def _match(self, text: str, lang: str) -> list[tuple[int, int, int]]:
        return find_matches(text, self._words, lang) if self._words else []

    def _find_best(
        self,
        passages: Sequence[Passage],
        sieved: Sequence[tuple[float, int]],
        record: CardRecord,
        first: int | None,
    ) -> int | None:
        best, place = 0.0, None
        for most, negative in sieved:
            # No passage is worth more than the sieve let through, but for repetitions.
            if best >= most:
                break
            named = self._match_title(record.title, record.lang) if -negative == first else []
            worth = self._judge(passages[-negative], record.lang, {index for _, _, index in named})
            if worth > best or (worth == best > 0 and place is not None and -negative < place):
                best, place = worth, -negative
        return place

    def _sieve_all(
        self, passages: Sequence[Passage], first: int | None, title: str
    ) -> list[tuple[float, int]]:
        """The most that passages may be worth, and their places, negative: the few best, best first."""
        texts = list(map(itemgetter(1), passages))
        if first is not None:
            texts[first] = title.replace("\0", " ") + "\n" + texts[first]
        folded = "\0".join([text.lower() if text.isascii() else fold_roughly(text) for text in texts])
        worths: dict[int, float] = {}
        for weight, beginnings in zip(self._weights, self._beginnings, strict=True):
            for place in {place for beginning in beginnings for place in _find_places(folded, beginning)}:
                worths[place] = worths.get(place, 0.0) + weight
        return sorted(((worth, -place) for place, worth in worths.items()), reverse=True)[:_JUDGED]

    def _judge(self, passage: Passage, lang: str, named: set[int]) -> float:
        matches = self._match(passage.text, lang)
        found = {index for _, _, index in matches}
        worth = sum(self._weights[index] for index in found | named)
        worth += 0.01 * min(len(matches) - len(found), 5)
        return worth * _HEADING_WORTH if passage.kind == "heading" else worth

    def _choose_window(self, text: str, matches: Sequence[tuple[int, int, int]], width: int) -> Span:
        """Where to cut a text: the window of `width` columns with the most telling words."""
        if text_width(text) <= width:
            return 0, len(text)
        starts = [0, *(_find_start(text, begin, width) for begin, _, _ in matches[:40])]
        best, chosen = -1.0, (0, 0)
        for start in dict.fromkeys(starts):
            end = _find_end(text, start, width - 4)
            inside = {index for begin, stop, index in matches if begin >= start and stop <= end}
            worth = sum(self._weights[index] for index in inside)
            if worth > best + 1e-9:
                best, chosen = worth, (start, end)
        return chosen


def _find_beginnings(word: QueryWord) -> tuple[str, ...]:
    """How the word and its terms begin."""
    starts = dict.fromkeys(
        word_start(fold_roughly(text)) for text in (word.text, *(term for term, _ in word.terms))
    )
    return tuple(start for start in starts if start)[:24]


def _find_places(folded: str, beginning: str) -> Iterator[int]:
    """Which of the texts, joined by NULs, hold a beginning."""
    place, position = 0, 0
    while (found := folded.find(beginning, position)) >= 0:
        place += folded.count("\0", position, found)
        yield place
        position = folded.find("\0", found)
        if position < 0:
            return


def _find_first(passages: Sequence[Passage]) -> int | None:
    """The first paragraph, else the first passage of any kind that is no heading, else a heading."""
    for kinds in (("text",), ("item", "row", "code"), ("heading",)):
        for place, passage in enumerate(passages):
            if passage.kind in kinds and strip_markup(passage):
                return place
    return None


def _show_passage(passages: Sequence[Passage], place: int, width: int) -> str:
    """The passage as text; a short one with those after it, up to the next heading."""
    text, kind = strip_markup(passages[place]), passages[place].kind
    for following in passages[place + 1 : place + 8]:
        if text_width(text) >= min(_SHORT, width) or following.kind == "heading":
            break
        joint = "; " if kind == following.kind == "row" else " "
        text, kind = f"{text}{joint}{strip_markup(following)}".strip(), following.kind
    return text


def _find_start(text: str, match: int, width: int) -> int:
    """Where to begin so that a match is shown: a sentence, else a word, shortly before it."""
    reach = _step_back(text, match, width // 3)
    for place in range(match - 1, reach - 1, -1):
        if text[place] in _SENTENCE_ENDS and (
            text[place] not in ".!?…" or text[place + 1 : place + 2] == " "
        ):
            return place + 1 + (text[place + 1] == " ")
    if reach == 0:
        return 0
    blank = text.find(" ", _step_back(text, match, width // 6), match)
    return blank + 1 if blank >= 0 else _step_to_sign(text, _step_back(text, match, width // 6))


def _step_back(text: str, place: int, columns: int) -> int:
    while place > 0 and columns > 0:
        place -= 1
        columns -= sign_width(text[place])
    return place


def _step_to_sign(text: str, place: int) -> int:
    """The nearest place at or before `place` that does not stand before a combining mark."""
    while 0 < place < len(text) and sign_width(text[place]) == 0:
        place -= 1
    return place


def _find_end(text: str, start: int, columns: int) -> int:
    """Where a window from `start` ends: at a sentence in its last third, else at a word, else anywhere."""
    window = text[start : start + columns]
    place, used = (start + len(window), columns) if window.isascii() else (start, 0)
    while place < len(text) and used + sign_width(text[place]) <= columns:
        used += sign_width(text[place])
        place += 1
    if place == len(text):
        return place
    for end in range(place, start + (place - start) * 2 // 3, -1):
        if text[end - 1] in _SENTENCE_ENDS and (text[end - 1] not in ".!?…" or text[end] == " "):
            return end
    blank = text.rfind(" ", start + (place - start) * 2 // 3, place + 1)
    return blank if blank >= 0 else _step_to_sign(text, place)


def _cut_window(text: str, start: int, end: int, spans: Sequence[Span]) -> Snippet:
    shown = text[start:end]
    left = len(shown) - len(shown.lstrip())
    shown = shown.strip()
    before = f"{ELLIPSIS} " if start > 0 else ""
    after = f" {ELLIPSIS}" if end < len(text) else ""
    shift = len(before) - start - left
    kept = [(begin + shift, stop + shift) for begin, stop in spans if begin >= start + left and stop <= end]
    limit = len(before) + len(shown)
    return Snippet(before + shown + after, _merge_spans([span for span in kept if span[1] <= limit]))


def _merge_spans(spans: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
