"""The best cards in order: what ranking says, times trust and phrases, translations as one."""

from typing import TYPE_CHECKING, NamedTuple

from kbcli.foundation.disk.globs import match_globs
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.ranking import rank
from kbcli.knowledge.search.selection import Scene, Selection, list_numbers
from kbcli.knowledge.trust.states import Trust

if TYPE_CHECKING:
    from kbcli.knowledge.search.explanation import Factor

DOUBTED = frozenset(("expired", "flagged"))
DOUBT_FACTOR = 0.97
"""What the score of an expired or flagged card is multiplied by: settles near ties, no more."""

BACKGROUND_FACTOR = 0.5
"""What the score of a card is multiplied by that kb.toml keeps in the background."""

PHRASE_FACTOR = 1.2
"""What the score of a card is multiplied by whose title holds a phrase of the query."""

_MOST_READ = 3_000
"""Files that phrases are looked for in to fill the list."""

_MOST_COUNTED = 3_000
_MOST_READ_TO_COUNT = 100
_MOST_GROUPED = 300
"""Cards that are checked, files read, and cards looked at for translations, merely to know how many match."""

_MOST_SORTED = 5_000
"""Cards that a query of filters alone lists by ID; more come in the order of the index."""


class Candidate(NamedTuple):
    """A document that may become a hit. `score` has the factors in it."""

    number: int
    score: float
    record: CardRecord
    trust: Trust
    factors: tuple["Factor", ...] = ()
    shown_for: str = ""


class Order(NamedTuple):
    """The best candidates, best first (ties by document number), and how many cards match.

    Translations of one card count once. When `total_exact` is false, `total` is the most there can be.
    """

    candidates: list[Candidate]
    total: int
    total_exact: bool


class Orderer:
    """Orders the documents of one query. Equal to scoring every document and sorting."""

    def __init__(
        self, scene: Scene, words: list[QueryWord], selection: Selection, *, trust_ranking: bool
    ) -> None:
        self._scene = scene
        self._words = words
        self._selection = selection
        self._trust_ranking = trust_ranking
        self._seen: dict[int, Candidate] = {}
        self._passed: dict[int, bool] = {}
        self._read = 0
        background = scene.config.background
        self._is_behind = match_globs(background) if background else None
        self._has_translations = next(iter(scene.reader.terms("source")), None) is not None

    def find_best(self, limit: int) -> Order:
        """The best `limit` documents."""
        return self._rank_best(limit) if self._words else self._list_all(limit)

    def _rank_best(self, limit: int) -> Order:
        size = max(30, 3 * limit)
        highest = PHRASE_FACTOR if self._selection.phrases else 1.0
        while True:
            ranking = rank(
                self._scene.reader,
                self._words,
                limit=size,
                allowed=self._selection.allowed,
                query_lang=self._scene.lang,
            )
            candidates = [self._judge(number, score) for number, score in ranking.hits]
            candidates.sort(key=lambda found: (-found.score, found.number))
            exhausted = len(ranking.hits) < size or ranking.total <= size
            bound = 0.0 if exhausted else ranking.hits[-1].score * highest
            chosen = self._choose(candidates, limit, bound if not exhausted else None)
            if exhausted or len(chosen) >= limit or self._read >= _MOST_READ:
                break
            size *= 8
        total, exact = self._count(candidates, ranking.total)
        return Order([self._show_twin(found) for found in chosen], total, exact)

    def _list_all(self, limit: int) -> Order:
        """Of a query without words: every document that the filters leave, by ID."""
        selection = self._selection
        numbers = selection.included if selection.included is not None else list_numbers(self._scene.reader)
        left = sorted(numbers - selection.excluded)
        many = len(left) > _MOST_SORTED
        candidates: list[Candidate] = []
        for number in left:
            if many and len(candidates) >= max(_MOST_COUNTED, limit):
                break
            candidate = self._judge(number, 0.0)
            if not selection.has_checks or self._passes(candidate):
                candidates.append(candidate)
        seen_all = not many or len(candidates) < max(_MOST_COUNTED, limit)
        if not many:
            candidates.sort(key=lambda found: (found.record.id, found.number))
        exact = seen_all or not selection.has_checks
        return Order(candidates[:limit], len(candidates) if seen_all else len(left), exact)

    def _judge(self, number: int, score: float) -> Candidate:
        known = self._seen.get(number)
        if known is not None:
            return known
        record = self._scene.reader.record(number)
        trust = self._scene.judge(record)
        factors = self._find_factors(record, trust)
        for factor in factors:
            score *= factor.value
        self._seen[number] = Candidate(number, score, record, trust, tuple(factors))
        return self._seen[number]

    def _find_factors(self, record: CardRecord, trust: Trust) -> list["Factor"]:
        doubted = self._trust_ranking and trust.state in DOUBTED
        in_title = any(finder.is_in_title(record) for finder in self._selection.phrases)
        behind = self._is_behind is not None and self._is_behind(record.path)
        if not doubted and not in_title and not behind:
            return []
        from kbcli.knowledge.search.explanation import Factor

        factors = [Factor(trust.state, DOUBT_FACTOR)] if doubted else []
        factors += [Factor("background", BACKGROUND_FACTOR)] if behind else []
        return [*factors, Factor("phrase in title", PHRASE_FACTOR)] if in_title else factors

    def _choose(self, candidates: list[Candidate], limit: int, bound: float | None) -> list[Candidate]:
        """The best that pass, one of each group of translations, while nothing unseen can be better."""
        chosen: list[Candidate] = []
        groups: set[str] = set()
        for found in candidates:
            if (
                len(chosen) >= limit
                or (bound is not None and found.score <= bound)
                or self._read >= _MOST_READ
            ):
                break
            group = _group_of(found.record)
            if group not in groups and self._passes(found):
                chosen.append(found)
                if self._has_translations:
                    groups.add(group)
        return chosen

    def _passes(self, found: Candidate) -> bool:
        if not self._selection.has_checks:
            return True
        known = self._passed.get(found.number)
        if known is None:
            self._read += self._selection.reads_files
            known = self._selection.passes(self._scene, found.number, found.record, found.trust)
            self._passed[found.number] = known
        return known

    def _count(self, candidates: list[Candidate], total: int) -> tuple[int, bool]:
        """How many match, translations of one card counted once, and whether that is exact; else the most there can be."""
        checks = self._selection.has_checks
        if not checks and not self._has_translations:
            return total, True
        if len(candidates) < total <= (_MOST_COUNTED if checks else _MOST_GROUPED):
            ranking = rank(self._scene.reader, self._words, limit=total, allowed=self._selection.allowed)
            candidates = [self._judge(number, score) for number, score in ranking.hits]
        budget = _MOST_READ_TO_COUNT if self._selection.reads_files else _MOST_COUNTED
        dropped = judged = 0
        groups: set[str] = set()
        for found in candidates:
            if checks and found.number not in self._passed:
                budget -= 1
                if budget < 0:
                    continue
            group = _group_of(found.record)
            kept = self._passes(found) and group not in groups
            dropped += not kept
            judged += 1
            if kept and self._has_translations:
                groups.add(group)
        return total - dropped, judged == total

    def _show_twin(self, found: Candidate) -> Candidate:
        """The translation in the query's language instead, when it is among the matches."""
        scene, wanted = self._scene, language_code(self._scene.lang)
        if not self._has_translations or not wanted or language_code(found.record.lang) == wanted:
            return found
        group = _group_of(found.record)
        numbers = {*scene.reader.postings("id", group)[0], *scene.reader.postings("source", group)[0]}
        allowed = self._selection.allowed
        twins = {number for number in numbers if allowed is None or number in allowed}
        ranking = rank(scene.reader, self._words, limit=len(twins) or 1, allowed=twins, query_lang=scene.lang)
        for number, score in ranking.hits:
            twin = self._judge(number, score)
            fits = language_code(twin.record.lang) == wanted and _group_of(twin.record) == group
            if fits and self._passes(twin):
                return twin._replace(score=found.score, shown_for=found.record.id)
        return found


def _group_of(record: CardRecord) -> str:
    """What a card and its translations have in common: the ID of the source, case folded."""
    return (record.translation_of or record.id).casefold()
