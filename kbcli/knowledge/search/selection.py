"""Which documents a query lets through: filters and states by their postings, phrases by the texts."""

from collections.abc import Container, Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kbcli.config import Config
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.index.fields import WORD_FIELDS
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.trustterms import TRUST_FIELD, read_trust_term
from kbcli.knowledge.search.facts import gather_record_facts
from kbcli.knowledge.search.query import Filter, Query
from kbcli.knowledge.search.texts import TextReader
from kbcli.knowledge.trust.states import TRUSTED, Trust, judge_trust

if TYPE_CHECKING:
    from kbcli.knowledge.index.reader import IndexReader
    from kbcli.knowledge.search.phrases import PhraseFinder

ARCHIVED = "archived"


class Scene(NamedTuple):
    """What one search looks at. `langs` are those of the cards, `lang` that of the query."""

    config: Config
    reader: "IndexReader"
    texts: TextReader
    today: date
    langs: tuple[str, ...]
    lang: str

    def judge(self, record: CardRecord) -> Trust:
        """The trust of an indexed card today."""
        facts = gather_record_facts(record)
        if record.translation_digest or record.depends_digest:
            from kbcli.knowledge.search.suspicion import find_record_suspects

            facts = facts._replace(suspect=find_record_suspects(self.config, self.reader, self.texts, record))
        return judge_trust(facts, self.today)


class AllBut:
    """Every number but some."""

    def __init__(self, excluded: Container[int]) -> None:
        self._excluded = excluded

    def __contains__(self, number: object) -> bool:
        return number not in self._excluded


class Selection:
    """The documents that may be found: by number, and by checks of one card at a time.

    `included` is None for every document that is not in `excluded`. `states` are pairs of wanted
    states, whether they are unwanted instead, and the documents whose state the index cannot tell
    alone. A document in `phrases` must hold the phrase, one in `excluded_phrases` must not.
    """

    def __init__(self) -> None:
        self.included: set[int] | None = None
        self.excluded: set[int] = set()
        self.states: list[tuple[frozenset[str], bool, set[int]]] = []
        self.phrases: list[PhraseFinder] = []
        self.excluded_phrases: list[PhraseFinder] = []

    def include(self, numbers: Iterable[int]) -> None:
        """Let only these through, of those let through so far."""
        self.included = set(numbers) if self.included is None else self.included.intersection(numbers)

    @cached_property
    def allowed(self) -> Container[int] | None:
        """The numbers that may be found, None for all; asked for when everything was let in or kept out."""
        if self.included is not None:
            return self.included - self.excluded
        return AllBut(self.excluded) if self.excluded else None

    @property
    def has_checks(self) -> bool:
        """Whether numbers alone do not decide."""
        return bool(self.states or self.phrases or self.excluded_phrases)

    @property
    def reads_files(self) -> bool:
        """Whether a check may read the card's file."""
        return bool(self.phrases or self.excluded_phrases)

    def passes(self, scene: Scene, number: int, record: CardRecord, trust: Trust) -> bool:
        """Whether an allowed document stands up to the checks."""
        for states, negated, unsure in self.states:
            if number in unsure and (trust.state in states) == negated:
                return False
        for finder in self.phrases:
            if not finder.is_in_card(number, record, scene.texts, scene.config):
                return False
        return not any(
            number in finder.candidates and finder.is_in_card(number, record, scene.texts, scene.config)
            for finder in self.excluded_phrases
        )


def list_numbers(reader: "IndexReader") -> set[int]:
    """The numbers of all documents: each has a status."""
    return {
        number
        for status, _ in list(reader.terms("status"))
        for number in reader.postings("status", status)[0]
    }


def select_documents(scene: Scene, query: Query) -> Selection:
    """What the filters, phrases and excluded words of a query leave."""
    selection = Selection()
    if not any(_asks_archived(part) for part in query.filters):
        selection.excluded.update(scene.reader.postings("status", ARCHIVED)[0])
    for part in query.filters:
        _apply_filter(scene, selection, part)
    for finder in _make_finders(scene, query.phrases):
        selection.phrases.append(finder)
        selection.include(finder.candidates)
    _exclude_words(scene, selection, query)
    return selection


def _asks_archived(part: Filter) -> bool:
    return (
        part.name in ("state", "status") and not part.negated and ARCHIVED in map(str.casefold, part.values)
    )


def _exclude_words(scene: Scene, selection: Selection, query: Query) -> None:
    reader = scene.reader
    if query.excluded_prefixes:
        from kbcli.knowledge.search.prefixes import expand_prefix

        for prefix in query.excluded_prefixes:
            for word in expand_prefix(reader, prefix, scene.langs):
                selection.excluded.update(find_holders(reader, [word], WORD_FIELDS))
    singles = [word for word in query.excluded_words if len(analyse_query(word, scene.langs)) == 1]
    for typed in singles:
        selection.excluded.update(find_holders(reader, analyse_query(typed, scene.langs), WORD_FIELDS))
    compounds = [word for word in query.excluded_words if word not in singles]
    selection.excluded_phrases += _make_finders(scene, (*query.excluded_phrases, *compounds))


def _make_finders(scene: Scene, phrases: Sequence[str]) -> list["PhraseFinder"]:
    """A finder for each phrase that holds a word."""
    if not phrases:
        return []
    from kbcli.knowledge.search.phrases import PhraseFinder

    finders = [PhraseFinder(phrase, scene.reader, scene.langs) for phrase in phrases]
    return [finder for finder in finders if finder.words and finder.folded]


def find_holders(reader: "IndexReader", words: Sequence[QueryWord], fields: Sequence[str]) -> set[int]:
    """Documents that hold every required one of the words (without any, every one) in any of the fields."""
    common: set[int] | None = None
    for word in [word for word in words if word.required] or words:
        holders: set[int] = set()
        for term, _ in word.terms:
            for field in fields:
                holders.update(reader.postings(field, term)[0])
        common = holders if common is None else common & holders
    return common or set()


def _apply_filter(scene: Scene, selection: Selection, part: Filter) -> None:
    if part.name == "state":
        _apply_states(scene, selection, part)
        return
    numbers = _find_filtered(scene, part)
    if part.negated:
        selection.excluded |= numbers
    else:
        selection.include(numbers)


def _apply_states(scene: Scene, selection: Selection, part: Filter) -> None:
    wanted = frozenset(value.casefold() for value in part.values)
    sure, unsure = find_states(scene.reader, wanted, scene.today)
    if unsure:
        selection.states.append((wanted, part.negated, unsure))
    if part.negated:
        selection.excluded |= sure
    else:
        selection.include(sure | unsure)


def find_states(reader: "IndexReader", wanted: Container[str], today: date) -> tuple[set[int], set[int]]:
    """The documents in one of the states today, and those that may be, or may be suspect instead."""
    sure: set[int] = set()
    unsure: set[int] = set()
    for term, _ in list(reader.terms(TRUST_FIELD)):
        facts, hangs = read_trust_term(term)
        state = judge_trust(facts, today).state
        if hangs and state in TRUSTED and ("suspect" in wanted or state in wanted):
            unsure.update(reader.postings(TRUST_FIELD, term)[0])
        elif state in wanted:
            sure.update(reader.postings(TRUST_FIELD, term)[0])
    return sure, unsure


def _find_filtered(scene: Scene, part: Filter) -> set[int]:
    reader = scene.reader
    if part.name == "title":
        words = [word for value in part.values for word in [analyse_query(value, scene.langs)]]
        return {number for found in words for number in find_holders(reader, found, ("title",))}
    numbers: set[int] = set()
    for value in part.values:
        if part.name == "owner" and value == "-":
            numbers |= list_numbers(reader).difference(*_iterate_field(reader, "owner"))
        for term in fold_value(scene.config, part.name, value):
            numbers.update(reader.postings(part.name, term)[0])
    return numbers


def _iterate_field(reader: "IndexReader", field: str) -> list[Sequence[int]]:
    return [reader.postings(field, term)[0] for term, _ in list(reader.terms(field))]


def fold_value(config: Config, name: str, value: str) -> tuple[str, ...]:
    """A filter's value as the index has it; an owner also by other names and groups."""
    folded = " ".join(value.casefold().split())
    if name == "owner":
        from kbcli.knowledge.trust.filters import expand_owner

        return expand_owner(config, folded)
    if name == "lang":
        return (folded.replace("_", "-"),)
    if name in ("id", "path"):
        ending = next((ending for ending in config.extensions if folded.endswith(ending)), "")
        return (folded.removesuffix(ending).strip("/"),)
    return (folded,)
