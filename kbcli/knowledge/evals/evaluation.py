"""How well the search answers questions whose right answers are known, and what changed since an earlier run.

A run is a JSON file with the means and one line for each question, so that a repository that
keeps one shows in its diff which questions a change moved.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log2
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.foundation.disk.files import CacheFile, find_cache_folder, name_place
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, SetText, ThrowawayBase, build_base
from kbcli.knowledge.evals.search_tests import FileProblem, SearchTest, SearchTestFile
from kbcli.knowledge.index.port import Backend, find_card
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import Query, parse_query
from kbcli.knowledge.search.ticket_text import read_ticket

DEPTH = 10
"""How many hits the measures look at."""

SEARCHED = 200
"""How far down a card is looked for that is not where it should be."""

RUN_VERSION = 1
_LARGEST = 50_000_000

Progress = Callable[[int, int], None]


class Score(NamedTuple):
    """How well one question was answered: the place of the first right hit, from 1, and the measures at 10.

    `rank` is None when none of those looked at is right.
    """

    rank: int | None
    ndcg: float
    mrr: float
    recall: float


class Judgement(NamedTuple):
    """How one question was answered.

    `key` names the question from run to run. `ranked` are the IDs of the first hits, best first.
    """

    key: str
    query: str
    lang: str
    ranked: tuple[str, ...]
    score: Score


class Measures(NamedTuple):
    """The means over some questions, each 0 to 1; all 0 when there is none.

    `top1` and `top3` are the parts of the questions with a right hit first, and among the first three.
    """

    queries: int
    ndcg: float
    mrr: float
    recall: float
    top1: float
    top3: float


MEASURES = ("ndcg@10", "mrr@10", "recall@10", "top@1", "top@3")
"""What the means are called for programs, in the order of Measures; those of a question are the first three."""


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


Run = Mapping[str, Score]
"""The questions of a run by their key."""


class Move(NamedTuple):
    """A question whose first right answer now stands elsewhere; None: not among those looked at."""

    key: str
    before: int | None
    now: int | None

    @property
    def is_worse(self) -> bool:
        """Whether the answer stands lower than it did."""
        return self.before is not None and (self.now is None or self.now > self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed since another run, called `name`.

    `before` and `now` are means over the questions that both runs have; `moves` has those that
    got worse first, each part in the order of the questions. `added` and `removed` count the
    questions of one run only.
    """

    name: str
    before: Measures
    now: Measures
    moves: tuple[Move, ...]
    added: int
    removed: int

    def is_regression(self, tolerance: float) -> bool:
        """Whether nDCG, MRR or recall fell by more than the tolerance.

        Top 1 and top 3 leap where MRR takes a step: of few questions one alone would be a regression.
        """
        pairs = zip(self.before[1:4], self.now[1:4], strict=True)
        return any(before - now > tolerance + 1e-9 for before, now in pairs)


class Asker:
    """Asks one index questions, as `kb search` does; `priors` are those of its search."""

    def __init__(
        self, config: Config, index: Backend, today: date, priors: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        self._config = config
        self._index = index
        self._today = today
        self._priors = priors

    def find(self, query: Query, limit: int) -> tuple[str, ...]:
        """The IDs of the best `limit` cards, best first."""
        result = search_cards(
            self._config,
            self._index,
            query,
            today=self._today,
            limit=limit,
            snippets=False,
            priors=self._priors,
        )
        return tuple(hit.record.id for hit in result.hits)

    def find_language(self, name: str) -> str:
        """The language code of the card with this ID, "" when there is none."""
        record = find_card(self._index, name)
        return language_code(record.lang) if record is not None and record.id == name else ""


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
    known = {name: name if asker.find_language(name) else resolve(name) for name in sorted(names)}
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
    return min([ranked.index(name) + 1 for name in right if name in ranked], default=None)


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
    return Judgement(key, query, lang, ranked[:DEPTH], Score(rank, *measures))


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
    with build_base(found, indexing) as base:
        return judge_queries(found, queries, base, today, long=long, asking=asking)


def judge_queries(
    found: RetrievalSet,
    queries: Sequence[SetText],
    base: ThrowawayBase,
    today: date,
    *,
    long: bool = False,
    priors: Mapping[str, float] = MappingProxyType({}),
    asking: Progress | None = None,
) -> list[Judgement]:
    """Ask queries of a retrieval set in the base made of it, as `run_set` does; `priors` are those of its cards."""
    judgements = []
    asker = Asker(base.config, base.reader, today, priors)
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


def average(scores: Iterable[Score]) -> Measures:
    """The means of the measures."""
    found = list(scores)
    count = len(found) or 1
    return Measures(
        len(found),
        sum(item.ndcg for item in found) / count,
        sum(item.mrr for item in found) / count,
        sum(item.recall for item in found) / count,
        *(sum(item.rank is not None and item.rank <= top for item in found) / count for top in (1, 3)),
    )


def average_by_language(judgements: Sequence[Judgement]) -> dict[str, Measures]:
    """The means for each language, in the order of its code; "" for questions of unknown language."""
    return {
        lang: average(item.score for item in judgements if item.lang == lang)
        for lang in sorted({item.lang for item in judgements})
    }


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


def make_run(judgements: Iterable[Judgement]) -> dict[str, Score]:
    """What to keep of an evaluation, rounded as it is written."""
    return {
        item.key: Score(item.score.rank, *(round(value, 4) for value in item.score[1:]))
        for item in judgements
    }


def compare_runs(name: str, before: Run, now: Run) -> Comparison:
    """Compare two runs over the questions that both have."""
    common = [key for key in now if key in before]
    moves = [
        Move(key, before[key].rank, now[key].rank) for key in common if before[key].rank != now[key].rank
    ]
    return Comparison(
        name,
        average(before[key] for key in common),
        average(now[key] for key in common),
        (*(move for move in moves if move.is_worse), *(move for move in moves if not move.is_worse)),
        added=len(now) - len(common),
        removed=len(before) - len(common),
    )


def format_run(run: Run) -> str:
    """A run as JSON, one question a line, in the order of their keys."""
    means = average(run.values())
    head = {"kb-eval": RUN_VERSION, "queries": means.queries} | {
        name: round(value, 4) for name, value in zip(MEASURES, means[1:], strict=True)
    }
    lines = [f"{_dump(key)}: {_dump(list(run[key]))}" for key in sorted(run)]
    return f'{{"run": {_dump(head)},\n"questions": {{\n' + ",\n".join(lines) + "\n}}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def parse_run(text: str) -> dict[str, Score]:
    """Read what `format_run` wrote. Raises ValueError for anything else."""
    try:
        data = json.loads(text)
        version = data["run"]["kb-eval"]
        scores = {key: _read_score(values) for key, values in data["questions"].items()}
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("it is not a run of kb eval") from error
    if version != RUN_VERSION:
        raise ValueError("it was written by another version of kb")
    return scores


def _read_score(values: object) -> Score:
    if not isinstance(values, list):
        raise TypeError
    rank, *measures = values
    wrong = [value for value in measures if not isinstance(value, int | float)]
    if wrong or len(measures) != 3 or not (rank is None or isinstance(rank, int)):
        raise TypeError
    return Score(rank, *measures)


def read_run(path: Path) -> dict[str, Score]:
    """The run that a file holds. Raises KbError when it cannot be read or is none."""
    try:
        return parse_run(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KbError(f"there is no {path}", f"Write it first: kb eval --save {path}") from None
    except OSError as error:
        raise KbError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise KbError(f"{path}: {error}", "Write it anew with kb eval --save.") from error


def open_last_run(root: Path, *variant: str) -> CacheFile:
    """Where the last run over a folder is kept: in the user's cache, by the folder's real path.

    `variant` is what else tells this run from others over the folder, such as the file of tests.
    """
    told = "\0".join((str(RUN_VERSION), *filter(None, variant)))
    key = f"{crc32(told.encode('utf-8', 'surrogateescape')):08x}"
    return CacheFile(find_cache_folder("eval"), f"{name_place(root)}-{key}.json", _LARGEST)


def compare_with_earlier(now: Run, *, asked: str | None, last: CacheFile) -> Comparison | None:
    """What changed since the run in the file that was asked for, else since the last one here, if there is one.

    Keeps this run for the next one. Raises KbError when the file cannot be read or is none.
    """
    comparison, kept = None, last.read()
    if asked is not None:
        comparison = compare_runs(asked, read_run(Path(asked)), now)
    elif kept is not None:
        comparison = compare_runs("the last run", parse_run(kept.decode()), now)
    last.write(format_run(now).encode())
    return comparison
