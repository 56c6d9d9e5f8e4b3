"""The port to an index: what search asks of it, and how it is filled. Each backend has a folder of its own.

A backend answers a question with candidates: documents with their scores by `formula`, best first.
Posting lists never leave it. Beside that it tells its vocabulary, because what a misspelt word, a
`prefix*` or a long text may mean is knowledge of languages, which is the same whatever keeps the
index. A vocabulary changes with the index only, so that one far away needs to send it once.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from kbcli.foundation.disk.paths import compose, fold_name
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from kbcli.foundation.text.pipeline import QueryWord
    from kbcli.knowledge.index.documents import IndexDocument
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


class Candidate(NamedTuple):
    """One document found. What the index keeps of it is read when it is asked for.

    `number` tells it from the others as long as the index is open.
    """

    documents: "Documents"
    number: int
    score: float

    @property
    def record(self) -> "CardRecord":
        """What the index keeps of it, to show it and to judge its state."""
        return self.documents.record(self.number)

    @property
    def digest(self) -> bytes:
        """The digest of the file that it was made from."""
        return self.documents.digest(self.number)

    def explain(self, question: Question) -> "list[tuple[QueryWord, str, float]]":
        """What each word in each field added to its score, factors included, largest first."""
        return self.documents.explain(question, self.number)


class Candidates(NamedTuple):
    """The best documents, best first (ties in the order of the index), and how many there are at all.

    `statistics` are those that they were scored by. `whole` is false where a part of the index did
    not answer.
    """

    items: Sequence[Candidate]
    total: int
    statistics: "Statistics"
    whole: bool = True


def hold_any(fields: Iterable[str], terms: Iterable[str]) -> Terms:
    """Any of the terms in any of the fields."""
    known = tuple(terms)
    return tuple((field, term) for field in fields for term in known)


def one_of(*pairs: tuple[str, str]) -> Condition:
    """Met by a document that holds any of these pairs of field and term."""
    return ((pairs,),)


class Health(NamedTuple):
    """How a backend is: `state` is `whole`, `partial` or `down`.

    `commit` is what it was filled from (None: not from a commit), `schema` tells versions apart that
    must not be mixed, `documents` are how many it holds.
    """

    state: str
    commit: str | None
    schema: str
    documents: int


class Documents(Protocol):
    """What candidates are read from."""

    def record(self, number: int) -> "CardRecord":
        """See Candidate."""

    def digest(self, number: int) -> bytes:
        """See Candidate."""

    def explain(self, question: Question, number: int) -> "list[tuple[QueryWord, str, float]]":
        """See Candidate."""


class Frequencies(Protocol):
    """How many documents there are, and hold a term: what tells how much a word says."""

    @property
    def doc_count(self) -> int:
        """How many documents there are."""

    def document_frequency(self, field: str, term: str) -> int:
        """How many documents hold the term in the field."""


class Statistics(Frequencies, Protocol):
    """What the formula takes from all documents together."""

    def average_length(self, field: str) -> float:
        """Mean number of terms of the field over the documents, at least 1."""


class Vocabulary(Statistics, Protocol):
    """Which terms there are."""

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Terms of a field that begin with the prefix, in order, with their document frequency."""

    def count_known(self, field: str, terms: Collection[str]) -> dict[str, int]:
        """Those of the terms that documents hold in a field, with how many do: of many, most of which none holds."""

    def find_examples(self, field: str, term: str, limit: int) -> "list[CardRecord]":
        """The documents that hold a term most often in a field."""


class Generation(Protocol):
    """The next state of an index while it is made; nobody sees it before it is finished."""

    def put(self, documents: "Iterable[IndexDocument]") -> None:
        """Take documents in, each in the place of the one with its path."""

    def drop(self, paths: Iterable[str]) -> None:
        """Leave documents out."""

    def finish(self, expected: str | None) -> "Backend | None":
        """The index in its next state; None, and nothing is done, when it was not at the commit `expected`."""


class Backend(Vocabulary, Protocol):
    """One consistent state of an index."""

    @property
    def identity(self) -> str:
        """A text that differs where the index would answer otherwise, and else stays: for caches of answers."""

    def health(self) -> Health:
        """How it is."""

    def candidates(self, question: Question, limit: int = 200) -> Candidates:
        """The best `limit` documents for a question."""

    def begin(self, commit: str | None, *, full: bool = False) -> Generation:
        """Begin the next state, of a commit: from what is there, or from nothing when `full`."""


class EngineUse(NamedTuple):
    """Which index answered where an engine is set, `engine` or `local`, and why not the engine's ("": it did)."""

    used: str
    reason: str = ""


class OpenIndex(NamedTuple):
    """An index ready to be asked.

    `is_stale`: another kb is writing, and this is the last state it completed. `built`: how many
    cards were (re)indexed now. `temporary`: why the index is only in memory, "" when it is not. `engine` is None
    where none is set.
    """

    reader: Backend
    is_stale: bool = False
    built: int = 0
    temporary: str = ""
    engine: EngineUse | None = None


def list_called(index: Backend, *names: str) -> "list[CardRecord]":
    """The cards whose ID, or one they had, is one of the names or ends with it after a slash, by path."""
    pairs = [(field, name) for name in map(fold_name, names) for field in ("id", "former")]
    found = index.candidates(Question(all_of=(one_of(*pairs),)), index.doc_count).items
    return sorted((candidate.record for candidate in found), key=lambda record: record.path)


def find_card(index: Backend, ident: str) -> "CardRecord | None":
    """The card that has an ID now, else one that had it once, or None; of several the first by path."""
    records = list_called(index, ident)
    known = [record for record in records if compose(record.id) == compose(ident)]
    known += [record for record in records if compose(ident) in map(compose, record.former_ids)]
    return known[0] if known else None


def list_translations(index: Backend, ident: str) -> "list[CardRecord]":
    """The card that has an ID now, or had it once, and those that translate it, by path."""
    card = find_card(index, ident)
    names = dict.fromkeys((ident, *(() if card is None else (card.id, *card.former_ids))))
    pairs = [("source", fold_name(name)) for name in names]
    found = index.candidates(Question(all_of=(one_of(*pairs),)), index.doc_count).items
    records = [candidate.record for candidate in found if candidate.record.translation_of in names]
    return sorted((*records, *(() if card is None else (card,))), key=lambda record: record.path)
