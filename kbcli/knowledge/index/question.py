"""What an index is asked, and what it answers: see `port`."""

from collections.abc import Iterable, Sequence

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kbcli.foundation.text.pipeline import QueryWord
    from kbcli.knowledge.index.port import Documents, Statistics
    from kbcli.knowledge.index.record import CardRecord

Terms = tuple[tuple[str, str], ...]
"""Pairs of field and term: met by a document that holds any of them."""

Condition = tuple[tuple[Terms, ...], ...]
"""Alternatives: met by a document that meets all `Terms` of one of them."""


class Question(NamedTuple):
    """What documents are looked for.

    `words` are ranked by, as often as they stand there; without any every document is a candidate,
    with score 0. Documents in `lang` (BCP 47) come before like ones in others. A candidate meets each
    condition of `all_of` and none of `none_of`.
    """

    words: "tuple[QueryWord, ...]" = ()
    lang: str = ""
    all_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()


class Candidate:
    """One document found. What the index keeps of it is read when it is asked for.

    `number` tells it from the others as long as the index is open.
    """

    __slots__ = ("_documents", "number", "score")

    def __init__(self, documents: "Documents", number: int, score: float) -> None:
        self._documents = documents
        self.number = number
        self.score = score

    @property
    def record(self) -> "CardRecord":
        """What the index keeps of it, to show it and to judge its state."""
        return self._documents.record(self.number)

    @property
    def digest(self) -> bytes:
        """The digest of the file that it was made from."""
        return self._documents.digest(self.number)

    def explain(self, question: Question) -> "list[tuple[QueryWord, str, float]]":
        """What each word in each field added to its score, factors included, largest first."""
        return self._documents.explain(question, self.number)


class Candidates:
    """The best documents, best first (ties in the order of the index), and how many there are at all.

    `statistics` are those that they were scored by. `whole` is false where a part of the index did
    not answer.
    """

    __slots__ = ("items", "statistics", "total", "whole")

    def __init__(
        self, items: Sequence[Candidate], total: int, statistics: "Statistics", *, whole: bool = True
    ) -> None:
        self.items = items
        self.total = total
        self.statistics = statistics
        self.whole = whole


def hold_any(fields: Iterable[str], terms: Iterable[str]) -> Terms:
    """Any of the terms in any of the fields."""
    known = tuple(terms)
    return tuple((field, term) for field in fields for term in known)


def one_of(*pairs: tuple[str, str]) -> Condition:
    """Met by a document that holds any of these pairs of field and term."""
    return ((pairs,),)
