"""Which documents a query lets through: filters and states by conditions of the index, phrases by the texts."""

from collections.abc import Container, Sequence
from datetime import date

from kbcli.config import Config
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.index.fields import WORD_FIELDS
from kbcli.knowledge.index.question import Condition, hold_any, one_of
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.trustterms import TRUST_FIELD, read_trust_term
from kbcli.knowledge.search.context import SearchContext, hold_words, keep_required
from kbcli.knowledge.search.query import Filter, Query
from kbcli.knowledge.trust.states import TRUSTED, Trust, judge_trust

if TYPE_CHECKING:
    from kbcli.knowledge.index.port import Vocabulary
    from kbcli.knowledge.search.phrases import PhraseFinder

ARCHIVED = "archived"


class Selection:
    """The documents that may be found: by conditions, and by checks of one card at a time.

    A document must meet each condition of `all_of` and none of `none_of`. `states` are wanted states,
    and whether they are unwanted instead, where the index alone cannot tell. A document must hold each
    of `phrases`, and none of `excluded_phrases`.
    """

    def __init__(self) -> None:
        self.all_of: list[Condition] = []
        self.none_of: list[Condition] = []
        self.states: list[tuple[frozenset[str], bool]] = []
        self.phrases: list[PhraseFinder] = []
        self.excluded_phrases: list[PhraseFinder] = []

    def add(self, condition: Condition, *, negated: bool = False) -> None:
        """Let only those through that meet a condition, or that do not."""
        (self.none_of if negated else self.all_of).append(condition)

    @property
    def reads_files(self) -> bool:
        """Whether a check may read the card's file."""
        return bool(self.phrases or self.excluded_phrases)

    @property
    def has_checks(self) -> bool:
        """Whether conditions alone do not decide."""
        return bool(self.states) or self.reads_files

    def passes(self, record: CardRecord, trust: Trust) -> bool:
        """Whether a document that meets the conditions stands up to the checks."""
        return (
            all((trust.state in states) != negated for states, negated in self.states)
            and all(finder.is_in_card(record) for finder in self.phrases)
            and not any(finder.is_in_card(record) for finder in self.excluded_phrases)
        )


def select_documents(context: SearchContext, query: Query) -> Selection:
    """What the filters, phrases and excluded words of a query leave."""
    selection = Selection()
    if not any(_asks_archived(part) for part in query.filters):
        selection.add(one_of(("status", ARCHIVED)), negated=True)
    for part in query.filters:
        if part.name == "state":
            _apply_states(context, selection, part)
        else:
            selection.add(_read_filter(context, part), negated=part.negated)
    selection.phrases = _make_finders(context, query.phrases)
    for finder in selection.phrases:
        selection.add(finder.condition)
    if query.excluded_words or query.excluded_prefixes or query.excluded_phrases:
        _exclude_words(context, selection, query)
    return selection


def _asks_archived(part: Filter) -> bool:
    return (
        part.name in ("state", "status") and not part.negated and ARCHIVED in map(str.casefold, part.values)
    )


def _exclude_words(context: SearchContext, selection: Selection, query: Query) -> None:
    if query.excluded_prefixes:
        from kbcli.knowledge.search.query_words import expand_prefix

        for prefix in query.excluded_prefixes:
            for word in expand_prefix(context, prefix):
                selection.add(hold_words([word], WORD_FIELDS), negated=True)
    phrases = list(query.excluded_phrases)
    for typed in query.excluded_words:
        words = context.analyse(typed)
        if len(words) == 1:
            selection.add(hold_words(words, WORD_FIELDS), negated=True)
        else:
            phrases.append(typed)
    selection.excluded_phrases = _make_finders(context, phrases)


def _make_finders(context: SearchContext, phrases: Sequence[str]) -> list["PhraseFinder"]:
    """A finder for each phrase that holds a word."""
    if not phrases:
        return []
    from kbcli.knowledge.search.phrases import PhraseFinder

    finders = [PhraseFinder(phrase, context) for phrase in phrases]
    return [finder for finder in finders if finder.condition]


def _apply_states(context: SearchContext, selection: Selection, part: Filter) -> None:
    wanted = frozenset(value.casefold() for value in part.values)
    sure, unsure = find_states(context.index, wanted, context.today)
    if unsure:
        selection.states.append((wanted, part.negated))
    found = sure if part.negated else sure + unsure
    selection.add(one_of(*hold_any((TRUST_FIELD,), found)), negated=part.negated)


def find_states(vocabulary: "Vocabulary", wanted: Container[str], today: date) -> tuple[list[str], list[str]]:
    """Trust terms of the documents in one of the states today, and of those that may be, or may be suspect instead."""
    sure, unsure = [], []
    for term, _ in vocabulary.terms(TRUST_FIELD):
        facts, hangs = read_trust_term(term)
        state = judge_trust(facts, today).state
        if hangs and state in TRUSTED and ("suspect" in wanted or state in wanted):
            unsure.append(term)
        elif state in wanted:
            sure.append(term)
    return sure, unsure


def _read_filter(context: SearchContext, part: Filter) -> Condition:
    if part.name == "title":
        return tuple(
            alternative
            for value in part.values
            for alternative in hold_words(keep_required(context.analyse(value)), ("title",))
        )
    values = [term for value in part.values for term in fold_value(context.config, part.name, value)]
    return one_of(*hold_any((part.name,), values))


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
