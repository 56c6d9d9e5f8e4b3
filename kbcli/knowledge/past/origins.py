"""Where the present value of something in a card came from: the commit that set it.

That is a commit after which the card had the value and before which it had it in none of the
commit's parents. So a merge that only passes a value on did not set it, nor did one that chose
between two; clocks do not matter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from kbcli.errors import GitError
from kbcli.foundation.git.log import CommitInfo, History, Version
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.model import Card

if TYPE_CHECKING:
    from kbcli.knowledge.past.factcache import FactCache

UNCOMMITTED, SHALLOW, MISSING = "uncommitted", "shallow", "missing"
_BATCH = 8

Same = Callable[[Card, Card], bool]


class Origin(NamedTuple):
    """The newest commit that set a value: the card's version there, its number (newest is 0), the card as it was.

    `why` is "" when it is known, else why it is not: `uncommitted` (no commit has the value),
    `shallow` (the clone ends before) or `missing` (the clone lacks old contents).
    """

    why: str
    number: int = -1
    version: Version | None = None
    card: Card | None = None


def find_origins(
    cards: Iterable[Card],
    versions: Mapping[str, Sequence[Version]],
    history: History,
    facts: "FactCache",
    same: Same,
) -> dict[str, Origin]:
    """By path, where the value came from that `same` compares. Reads back in batches, as far as needed.

    `versions` are those to look through, newest first, by the paths of the cards.
    """
    origins: dict[str, Origin] = {}
    walks = [_Walk(card, versions.get(card.path, ()), history.boundary) for card in cards]
    while walks:
        texts = {text for walk in walks for text in walk.list_texts()}
        try:
            facts.read(sorted(texts))
        except GitError:
            return origins | {walk.card.path: Origin(MISSING) for walk in walks}
        for walk in walks:
            if (origin := walk.take(facts, same)) is not None:
                origins[walk.card.path] = origin
        walks = [walk for walk in walks if walk.card.path not in origins]
    return origins


def describe_commit(commit: CommitInfo) -> str:
    """A commit in a message: its short ID and day."""
    return f"commit {commit.sha[:10]} of {commit.date}"


class _Walk:
    """Going back through one card's versions."""

    def __init__(self, card: Card, versions: Sequence[Version], boundary: frozenset[str]) -> None:
        self.card = card
        self._versions = versions
        self._boundary = boundary
        self._position = 0
        self._met = False

    def list_texts(self) -> set[tuple[str, str]]:
        """What to read for the next batch: blobs, each as if it lay where the card lies now."""
        batch = self._versions[self._position : self._position + _BATCH]
        return {
            (blob, self.card.path) for version in batch for blob in (version.blob, *version.before) if blob
        }

    def take(self, facts: "FactCache", same: Same) -> Origin | None:
        """Look at the batch; None when the walk has to go on."""
        end = self._position + _BATCH
        for index, version in enumerate(self._versions[self._position : end], self._position):
            if not version.blob:
                continue
            past = facts.find(version.blob, self.card.path)
            if past is None:
                return Origin(MISSING, index, version)
            if not same(self.card, past):
                continue
            self._met = True
            origin = self._judge(facts, same, index, version, past)
            if origin is not None:
                return origin
        self._position = end
        if end < len(self._versions):
            return None
        # Each version had the value from one before it, and the oldest of those is not here.
        return Origin(SHALLOW if self._met else UNCOMMITTED)

    def _judge(
        self, facts: "FactCache", same: Same, index: int, version: Version, past: Card
    ) -> Origin | None:
        """Whether a version that has the value is where it came from; None when a parent had it."""
        for blob in version.before:
            before = facts.find(blob, self.card.path)
            if before is None:
                return Origin(MISSING, index, version, past)
            if same(self.card, before):
                return None
        if version.commit.sha in self._boundary:
            return Origin(SHALLOW, index, version, past)
        return Origin("", index, version, past)
