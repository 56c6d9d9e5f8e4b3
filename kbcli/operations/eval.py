"""Eval: does the search find what it should?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import UsageError, refuse_unknown
from kbcli.foundation.disk.files import CacheFile, replace_file
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.evals import HALVES, TOLERANCE, evaluation as runs
from kbcli.knowledge.evals.evaluation import (
    Asker,
    Comparison,
    Judgement,
    Measures,
    SearchTestReport,
    open_last_run,
    run_set,
    run_tests,
)
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, SetText, choose_half, read_retrieval_set
from kbcli.knowledge.evals.search_tests import TESTS_NAME, SearchTestFile, read_search_tests
from kbcli.knowledge.index.sync import OpenIndex, ask_index
from kbcli.operations.base import Base
from kbcli.operations.search import load_priors


class Options(NamedTuple):
    """What an evaluation is compared with, where it is kept, and whether every question is wanted."""

    compare: str | None
    save: str | None
    tolerance: float
    per_query: bool


class Evaluation(NamedTuple):
    """The questions that were asked and how well they were answered, by language too, and what changed.

    `comparison` is with the run named in `options`, else with the last one here; only the named one
    can fail this.
    """

    judgements: tuple[Judgement, ...]
    whole: Measures
    languages: Mapping[str, Measures]
    comparison: Comparison | None
    options: Options

    @property
    def is_worse(self) -> bool:
        """Whether a mean fell by more than the tolerance below that of the run asked for."""
        return (
            self.options.compare is not None
            and self.comparison is not None
            and self.comparison.is_regression(self.options.tolerance)
        )


class SearchTestsEvaluation(NamedTuple):
    """How the search tests went."""

    report: SearchTestReport
    evaluation: Evaluation

    @property
    def failed(self) -> bool:
        """Whether a test failed, the file of tests is wrong, or the search got worse."""
        return bool(self.report.failed or self.report.problems or self.evaluation.is_worse)


class SetEvaluation(NamedTuple):
    """How a retrieval set went: its name, how many documents it has, which half of the queries was asked and how."""

    name: str
    documents: int
    half: str | None
    long: bool
    evaluation: Evaluation

    @property
    def failed(self) -> bool:
        """Whether the search got worse."""
        return self.evaluation.is_worse


def evaluate_search(
    kb: Base,
    file: str | None = None,
    *,
    folder: str | None = None,
    half: str | None = None,
    long: bool = False,
    per_query: bool = False,
    compare: str | None = None,
    save: str | None = None,
    tolerance: float = TOLERANCE,
) -> SearchTestsEvaluation | SetEvaluation:
    """Run the search tests of the knowledge base, or of another file, or measure on a retrieval set.

    `folder` is a set; of it only `half` (`even` or `odd`) is asked, `long` as whole tickets. `compare`
    and `save` are files of runs, `tolerance` a share. Raises UsageError for what does not go together
    or does not exist, KbError for what cannot be read.
    """
    # What is not a number (nan) passes no comparison.
    if not 0 <= tolerance <= 1:
        raise UsageError("--tolerance is not a number from 0 to 1", "Use one such as 0.01.")
    options = Options(compare, save, tolerance, per_query)
    if folder is None:
        if half or long:
            raise UsageError("--half and --long are for --set only")
        return _run_tests(kb, file, options)
    if file is not None:
        raise UsageError("a file of tests and --set do not go together")
    if half:
        refuse_unknown(half, HALVES, f"there is no half “{half}”")
    return _run_set(kb, Path(folder), half or None, options, long=long)


def _run_tests(kb: Base, file: str | None, options: Options) -> SearchTestsEvaluation:
    config, today = kb.config, kb.today
    tests, priors = _read_tests(config, file), load_priors(config, today)

    def find_present_id(name: str) -> str | None:
        """The ID that a card has now whose former ID this is."""
        card = load_library(config).by_former_id.get(name)
        return card.id if card else None

    with kb.show_progress("asking") as progress:

        def ask(index: OpenIndex) -> SearchTestReport:
            asker = Asker(config, index.reader, today, priors)
            return run_tests(asker, tests, find_present_id, progress)

        report = ask_index(config, ask, notice=kb.say)
    last = open_last_run(config.root, str(Path(file).resolve()) if file else "")
    return SearchTestsEvaluation(report, _evaluate(kb, report.measured, options, last))


def _read_tests(config: Config, file: str | None) -> SearchTestFile:
    if file is not None:
        return read_search_tests(Path(file), file)
    path = config.locate(TESTS_NAME)
    return read_search_tests(path, TESTS_NAME)


def _run_set(kb: Base, folder: Path, half: str | None, options: Options, *, long: bool) -> SetEvaluation:
    found = read_retrieval_set(folder)
    queries = _choose_queries(kb, found, half)
    with kb.show_progress("indexing") as indexing, kb.show_progress("asking") as asking:
        judgements = run_set(found, queries, kb.today, long=long, indexing=indexing, asking=asking)
    last = open_last_run(folder, half or "", "long" if long else "")
    evaluation = _evaluate(kb, judgements, options, last)
    return SetEvaluation(found.name, len(found.documents), half, long, evaluation)


def _choose_queries(kb: Base, found: RetrievalSet, half: str | None) -> tuple[SetText, ...]:
    queries = choose_half(found.queries, half or "")
    if not queries:
        raise UsageError(f"no query of {found.name} is in the {half} half")
    if found.unknown:
        kb.say(f"{found.unknown} judgements name a document or query that is not there")
    if found.unanswered:
        kb.say(f"{found.unanswered} queries without a right answer are left out")
    return queries


def _evaluate(kb: Base, judgements: Sequence[Judgement], options: Options, last: CacheFile) -> Evaluation:
    """The means, and what changed since the run asked for, else since the last; keeps this run, and saves it if asked."""
    now = runs.make_run(judgements)
    comparison = runs.compare_with_earlier(now, asked=options.compare, last=last)
    if options.save is not None:
        replace_file(Path(options.save), runs.format_run(now).encode())
        kb.say(f"saved {options.save}")
    evaluation = Evaluation(
        tuple(judgements),
        runs.average(item.score for item in judgements),
        runs.average_by_language(judgements),
        comparison,
        options,
    )
    if evaluation.is_worse:
        kb.say(f"the search got worse than in {options.compare}: save the run anew if that is meant")
    return evaluation
