"""The port to an index: what search asks of it, and how it is filled. Each backend has a folder of its own.

A backend answers a question with candidates: documents with their scores by `formula`, best first.
Posting lists never leave it. Beside that it tells its vocabulary, because what a misspelt word, a
`prefix*` or a long text may mean is knowledge of languages, which is the same whatever keeps the
index. A vocabulary changes with the index only, so that one far away needs to send it once.
"""

from collections.abc import Iterable, Iterator

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple, Protocol
from kbcli.knowledge.index.question import Candidates, Question

if TYPE_CHECKING:
    from kbcli.foundation.text.pipeline import QueryWord
    from kbcli.knowledge.index.documents import IndexDocument
    from kbcli.knowledge.index.record import CardRecord


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


class Statistics(Protocol):
    """What the formula takes from all documents together."""

    doc_count: int
    """How many documents there are."""

    def document_frequency(self, field: str, term: str) -> int:
        """How many documents hold the term in the field."""

    def average_length(self, field: str) -> float:
        """Mean number of terms of the field over the documents, at least 1."""


class Vocabulary(Statistics, Protocol):
    """Which terms there are."""

    def terms(self, field: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Terms of a field that begin with the prefix, in order, with their document frequency."""

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

    def health(self) -> Health:
        """How it is."""

    def candidates(self, question: Question, limit: int = 200) -> Candidates:
        """The best `limit` documents for a question."""

    def begin(self, commit: str | None, *, full: bool = False) -> Generation:
        """Begin the next state, of a commit: from what is there, or from nothing when `full`."""
