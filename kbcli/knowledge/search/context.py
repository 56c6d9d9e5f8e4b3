"""What one search looks at: the settings, the index, the texts of the cards, the day, the languages."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from stat import S_ISREG
from types import MappingProxyType

from kbcli.config import Config
from kbcli.foundation.disk.paths import is_inside
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.port import Backend, Condition, find_card, hold_any
from kbcli.knowledge.index.record import CardRecord, gather_record_facts
from kbcli.knowledge.trust.states import Trust, judge_source, judge_trust

if TYPE_CHECKING:
    from kbcli.knowledge.cards.model import Card

SNIPPET_REACH = 200_000
"""Bytes of a body that snippets are cut from."""

FULL_REACH = 5_000_000
"""Bytes of a body that phrases are looked for in: all of the largest card there may be."""


class TextReader:
    """Reads bodies, each once. A file that is gone, no file, or outside the repository has none."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._boundary = config.boundary
        self._bodies: dict[tuple[str, int], str] = {}

    def read_body(self, record: CardRecord, reach: int = SNIPPET_REACH) -> str:
        """The card's text after the front matter, newlines unified, at most `reach` bytes of it."""
        key = (record.path, reach)
        if key not in self._bodies:
            if len(self._bodies) > 256:
                self._bodies.clear()
            self._bodies[key] = _decode(
                self.read_bytes(record, record.body_offset + reach), record.body_offset
            )
        return self._bodies[key]

    def read_header(self, record: CardRecord) -> str:
        """What stands above the card's text: its front matter, newlines unified."""
        return _decode(self.read_bytes(record, record.body_offset), 0)

    def read_bytes(self, record: CardRecord, length: int) -> bytes:
        """The first bytes of the card's file; none when it may not or cannot be read."""
        full = os.path.join(self._config.root, record.path)
        try:
            if not S_ISREG(os.stat(full).st_mode) or not is_inside(full, self._boundary):
                return b""
            with open(full, "rb", buffering=0) as stream:
                return stream.read(length) or b""
        except (OSError, ValueError):
            return b""


def _decode(data: bytes, offset: int) -> str:
    """The text from a byte on, in the encoding that cards are read in; a sign cut at the end is left out."""
    body = data[offset:]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be", "ignore")
    else:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            cut = error.start >= len(body) - 3 and error.reason == "unexpected end of data"
            text = body[: error.start].decode("utf-8") if cut else body.decode("cp1252", "replace")
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class SearchContext:
    """What one search looks at. `langs` are the languages of the cards, `lang` is that of the query.

    `spoken` is another than `lang` where the query is in a language that no card is in: it is then answered in the
    knowledge base's own. `priors` are what the scores of cards, by present or former ID, are multiplied by.
    """

    def __init__(
        self,
        config: Config,
        index: Backend,
        today: date,
        langs: tuple[str, ...],
        lang: str,
        priors: Mapping[str, float] = MappingProxyType({}),
        *,
        spoken: str = "",
    ) -> None:
        self.config = config
        self.index = index
        self.texts = TextReader(config)
        self.today = today
        self.langs = langs
        self.lang = lang
        self.priors = priors
        self.spoken = spoken or lang
        self._read_in = (*langs, spoken) if spoken else langs
        self._analysed: dict[str, list[QueryWord]] = {}

    def analyse(self, text: str) -> list[QueryWord]:
        """The words of a text in the languages of the cards; do not change the list."""
        known = self._analysed.get(text)
        if known is None:
            known = self._analysed[text] = analyse_query(text, self._read_in) if text else []
        return known

    def speak(self, lang: str) -> "SearchContext":
        """The same for a query in another language, of those of the cards."""
        langs = tuple(dict.fromkeys((lang, *self.langs)))
        return SearchContext(self.config, self.index, self.today, langs, lang, self.priors)

    def judge(self, record: CardRecord) -> Trust:
        """The trust of an indexed card today."""
        facts = gather_record_facts(record)
        if record.translation_digest or record.depends_digest:
            facts = facts._replace(suspect=self._find_suspects(record))
        return judge_trust(facts, self.today)

    def _find_suspects(self, record: CardRecord) -> tuple[str, ...]:
        """A sentence for each thing that changed, as `find_suspects` gives them for the card itself."""
        source = find_card(self.index, record.translation_of) if record.translation_of else None
        if record.depends_digest or source is None:
            from kbcli.knowledge.search.suspects import judge_dependent

            return judge_dependent(self, record)
        return judge_source(record.translation_digest, source.id, partial(self._has_digest, source))

    def _has_digest(self, record: CardRecord, stamp: str) -> bool:
        """Whether a stamp is of a card's text: its own tells, if it still fits and is of the same scheme."""
        own = record.verified_digest
        if own[:3] == stamp[:3] and not record.changed:
            return own == stamp
        return self.read_text_card(record).has_digest(stamp)

    def read_text_card(self, record: CardRecord) -> "Card":
        """An indexed card with its text and little else: it has the digests of the card itself."""
        from kbcli.knowledge.cards.model import Card

        return Card(
            id=record.id,
            path=record.path,
            title=record.title,
            own_title=record.title if record.titled else "",
            audience=record.audience,
            body=self.texts.read_body(record, FULL_REACH),
        )


def keep_required(words: Sequence[QueryWord]) -> Sequence[QueryWord]:
    """The words that count for "all words"; of function words alone, those."""
    return [word for word in words if word.required] or words


def hold_words(words: Iterable[QueryWord], fields: Iterable[str]) -> Condition:
    """Met by documents that hold every word in any of the fields; without words, by none."""
    held = tuple(hold_any(fields, [term for term, _ in word.terms]) for word in words)
    return (held,) if held else ()
