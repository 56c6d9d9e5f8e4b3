"""How well the search answers questions whose right answers are known."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log2

from kbcli.config import Config
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, SetText, build_base
from kbcli.knowledge.evals.search_tests import FileProblem, SearchTest, SearchTestFile
from kbcli.knowledge.index.port import Backend
from kbcli.knowledge.index.references import find_card
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import Query, parse_query
from kbcli.knowledge.search.ticket_text import read_ticket

DEPTH = 10
"""How many hits the measures look at."""

SEARCHED = 200
"""How far down a card is looked for that is not where it should be."""

Progress = Callable[[int, int], None]


class Judgement(NamedTuple):
    """How one question was answered.

    `key` names the question from run to run. `ranked` are the IDs of the first hits, best first;
    `rank` is the place of the first right one, from 1, None when it is not among those looked at.
    The measures are those at 10.
    """

    key: str
    query: str
    lang: str
    ranked: tuple[str, ...]
    rank: int | None
    ndcg: float
    mrr: float
    recall: float


class Measures(NamedTuple):
    """The means over some questions, each 0 to 1; all 0 when there is none."""

    queries: int
    ndcg: float
    mrr: float
    recall: float


@dataclass(frozen=True, slots=True)
class SearchTestResult:
    """How one search test went. `failures` are sentences; a test without any passed."""

    test: SearchTest
    judgement: Judgement
    failures: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the test passed."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class SearchTestReport:
    """How all tests of a file went, in its order, and what is wrong with the file itself."""

    path: str
    results: tuple[SearchTestResult, ...]
    problems: tuple[FileProblem, ...]

    @property
    def failed(self) -> tuple[SearchTestResult, ...]:
        """The tests that did not pass."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def measured(self) -> tuple[Judgement, ...]:
        """The questions with an expected card: those that the measures are taken over."""
        return tuple(result.judgement for result in self.results if result.test.expect)


class Asker:
    """Asks one index questions, as `kb search` does."""

    def __init__(self, config: Config, index: Backend, today: date) -> None:
        self._config = config
        self._index = index
        self._today = today

    def find(self, query: Query, limit: int) -> tuple[str, ...]:
        """The IDs of the best `limit` cards, best first."""
        result = search_cards(
            self._config, self._index, query, today=self._today, limit=limit, snippets=False
        )
        return tuple(hit.record.id for hit in result.hits)

    def find_language(self, name: str) -> str:
        """The language code of the card with this ID, "" when there is none."""
        record = find_card(self._index, name)
        return language_code(record.lang) if record is not None and record.id == name else ""

    def has_card(self, name: str) -> bool:
        """Whether there is a card with exactly this ID."""
        return bool(self.find_language(name))


def read_question(text: str) -> Query:
    """The query of a question: what stands in several lines is a whole ticket."""
    return read_ticket(text) if "\n" in text.strip() else parse_query(text)


def run_tests(
    asker: Asker, file: SearchTestFile, resolve: Callable[[str], str | None], progress: Progress | None = None
) -> SearchTestReport:
    """Run every test of a file.

    `resolve` gives the present ID of a card that the index does not know by this name, such as a
    former one; None makes the name a problem of the file.
    """
    names = {name for test in file.tests for name in (*test.expect, *test.absent)}
    known = {name: name if asker.has_card(name) else resolve(name) for name in sorted(names)}
    problems = [
        FileProblem(file.path, test.line_of(name), f"there is no card “{name}”")
        for test in file.tests
        for name in (*test.expect, *test.absent)
        if known[name] is None
    ]
    keys = _make_keys(test.query for test in file.tests)
    results = []
    for done, (test, key) in enumerate(zip(file.tests, keys, strict=True), 1):
        results.append(_run_test(asker, test, key, known))
        if progress is not None:
            progress(done, len(file.tests))
    return SearchTestReport(file.path, tuple(results), (*file.problems, *problems))


def _make_keys(queries: Iterable[str]) -> list[str]:
    """The queries, each with its number behind it when it was there before."""
    seen: dict[str, int] = {}
    keys = []
    for query in queries:
        seen[query] = seen.get(query, 0) + 1
        keys.append(query if seen[query] == 1 else f"{query} ({seen[query]})")
    return keys


def _run_test(asker: Asker, test: SearchTest, key: str, known: Mapping[str, str | None]) -> SearchTestResult:
    expect = [found for name in test.expect if (found := known[name]) is not None]
    absent = [found for name in test.absent if (found := known[name]) is not None]
    query = read_question(test.query)
    ranked = asker.find(query, max(DEPTH, test.top))
    rank = _find_rank(ranked, expect)
    failures = []
    if test.expect and (rank is None or rank > test.top):
        if rank is None and expect:
            rank = _find_rank(asker.find(query, SEARCHED), expect)
        failures.append(_describe_miss(test, expect, rank))
    failures += [
        f"{name} came {_name_place(ranked.index(name) + 1)} and must not be in the first {test.top}"
        for name in absent
        if name in ranked[: test.top]
    ]
    lang = language_code(test.lang) or next(filter(None, map(asker.find_language, expect)), "")
    judgement = _judge(key, test.query, lang, ranked, rank, dict.fromkeys(expect or test.expect, 1.0))
    return SearchTestResult(test, judgement, tuple(failures))


def _find_rank(ranked: Sequence[str], right: Iterable[str]) -> int | None:
    places = [ranked.index(name) + 1 for name in right if name in ranked]
    return min(places, default=None)


def _describe_miss(test: SearchTest, expect: Sequence[str], rank: int | None) -> str:
    wanted = " or ".join(expect or test.expect)
    place = f"came {_name_place(rank)}" if rank else "was not found" if expect else "does not exist"
    return f"{wanted} {place} and must be in the first {test.top}"


def _name_place(rank: int) -> str:
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending}"


def _judge(
    key: str, query: str, lang: str, ranked: tuple[str, ...], rank: int | None, grades: Mapping[str, float]
) -> Judgement:
    measures = (measure(ranked, grades, DEPTH) for measure in (ndcg_at, mrr_at, recall_at))
    return Judgement(key, query, lang, ranked[:DEPTH], rank, *measures)


def run_set(
    found: RetrievalSet,
    queries: Sequence[SetText],
    today: date,
    *,
    long: bool,
    indexing: Progress | None = None,
    asking: Progress | None = None,
) -> list[Judgement]:
    """Ask queries of a retrieval set in a base of its documents.

    With `long` each text is taken as a whole ticket, in which nothing is an operator.
    """
    judgements = []
    with build_base(found, indexing) as base:
        asker = Asker(base.config, base.reader, today)
        for done, query in enumerate(queries, 1):
            judgements.append(_judge_query(asker, query, found.grades[query.id], base.names, long=long))
            if asking is not None:
                asking(done, len(queries))
    return judgements


def _judge_query(
    asker: Asker, query: SetText, grades: Mapping[str, float], names: Mapping[str, str], *, long: bool
) -> Judgement:
    """Ask one query; `names` are the documents' names by card ID."""
    found = asker.find(read_ticket(query.text) if long else parse_query(query.text), DEPTH)
    ranked = tuple(names[ident] for ident in found)
    rank = next((place for place, name in enumerate(ranked, 1) if grades.get(name, 0) > 0), None)
    return _judge(query.id, query.text, language_code(query.lang), ranked, rank, grades)


def average(judgements: Iterable[Judgement]) -> Measures:
    """The means of the measures."""
    found = list(judgements)
    count = len(found) or 1
    return Measures(
        len(found),
        sum(item.ndcg for item in found) / count,
        sum(item.mrr for item in found) / count,
        sum(item.recall for item in found) / count,
    )


def average_by_language(judgements: Sequence[Judgement]) -> dict[str, Measures]:
    """The means for each language, in the order of its code; "" for questions of unknown language."""
    langs = sorted({item.lang for item in judgements})
    return {lang: average(item for item in judgements if item.lang == lang) for lang in langs}


def ndcg_at(ranked: Sequence[str], grades: Mapping[str, float], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k, 0 to 1.

    The gain is the grade and the discount log2(rank + 1), as in trec_eval's ndcg_cut
    (Järvelin and Kekäläinen 2002). 0 when nothing is relevant.
    """
    gained = sum(grades.get(name, 0) / log2(rank + 2) for rank, name in enumerate(ranked[:k]))
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k]
    ideal = sum(grade / log2(rank + 2) for rank, grade in enumerate(best))
    return gained / ideal if ideal else 0.0


def mrr_at(ranked: Sequence[str], grades: Mapping[str, float], k: int = 10) -> float:
    """One divided by the rank of the first relevant document among the first k, else 0."""
    return next((1 / (rank + 1) for rank, name in enumerate(ranked[:k]) if grades.get(name, 0) > 0), 0.0)


def recall_at(ranked: Sequence[str], grades: Mapping[str, float], k: int = 10) -> float:
    """Which part of the relevant documents is among the first k, 0 to 1; 0 when none is relevant."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0
