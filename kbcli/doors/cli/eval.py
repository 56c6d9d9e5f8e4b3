"""`kb eval`: does the search find what it should?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.knowledge.evals import HALVES, TOLERANCE

if TYPE_CHECKING:
    from kbcli.knowledge.evals.earlier_runs import Comparison
    from kbcli.knowledge.evals.evaluation import Judgement, SearchTestReport

EXAMPLES = """Examples:

\b
  kb eval                              search-tests.toml; exits 1 when a test fails
  kb eval --per-query                  every test, not only those that fail
  kb eval --save search-run.json       keep this run in the repository …
  kb eval --compare search-run.json    … and exit 1 when the search got worse than it
  kb eval --format junit > eval.xml
  kb eval --set sets/faq --format json nDCG@10, MRR@10, recall@10 of a retrieval set

\b
A test in search-tests.toml, in the folder of kb.toml:
  [[test]]
  query = "customer says their calls get throttled"
  expect = ["api/too-many-requests"]   one of these must be found …
  top = 3                              … among the first 3 (if left out, 3)
  absent = ["api/quotas"]              none of these may be
  lang = "en"                          for the figures by language
  note = "seen in twelve tickets"
"""
TEST_FORMATS = ("table", "plain", "json", "junit")


def register(app: typer.Typer) -> None:
    """Add `kb eval`."""
    app.command("eval", epilog=EXAMPLES)(evaluate)


@dataclass(frozen=True, slots=True)
class _Options:
    compare: str | None
    save: str | None
    tolerance: float
    per_query: bool
    half: str
    long: bool


def evaluate(
    ctx: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="Another file of search tests.")
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="DIR",
            help="Measure on a retrieval set instead: docs.jsonl, queries.jsonl, qrels.tsv.",
        ),
    ] = None,
    half: Annotated[
        str | None,
        typer.Option(
            "--half",
            metavar="HALF",
            help="Only half of a set's queries, even or odd by the CRC-32 of their ID.",
        ),
    ] = None,
    long: Annotated[
        bool,
        typer.Option("--long", help="Ask a set's queries as whole tickets, in which nothing is an operator."),
    ] = False,
    per_query: Annotated[bool, typer.Option("--per-query", help="Show every question.")] = False,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", metavar="RUN", help="Compare with a saved run, and exit 1 when a mean fell."
        ),
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save", metavar="RUN", help="Save this run to a file.")
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="How much a mean may fall below the compared run's.",
        ),
    ] = TOLERANCE,
    output: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help=f"One of: {', '.join(TEST_FORMATS)} (junit: not for a set)."
        ),
    ] = None,
) -> int:
    """Run the search tests of the knowledge base, and say what changed since the last run.

    Exits 1 when a test fails, when the file of tests is wrong, or when --compare shows a regression.
    """
    session = ctx.ensure_object(Session)
    if isnan(tolerance):  # it passes every range
        raise UsageError("--tolerance is not a number", "Use one such as 0.01.")
    options = _Options(compare, save, tolerance, per_query, half or "", long)
    if folder is not None:
        if file is not None:
            raise UsageError("a file of tests and --set do not go together")
        if options.half and options.half not in HALVES:
            raise UsageError(f"there is no half “{half}”", f"Use one of: {', '.join(HALVES)}.")
        return _run_set(session, Path(folder), options, session.pick_format(output, TEST_FORMATS[:3]))
    if half or long:
        raise UsageError("--half and --long are for --set only")
    return _run_tests(session, file, options, session.pick_format(output, TEST_FORMATS))


def _run_tests(session: Session, file: str | None, options: _Options, form: str) -> int:
    from kbcli.foundation.disk.containment import find_boundary, resolve_inside
    from kbcli.knowledge.evals.search_tests import TESTS_NAME, read_search_tests

    config = session.config
    if file is None:
        path = resolve_inside(config.root / TESTS_NAME, find_boundary(config.root, config.git_root))
        tests = read_search_tests(path, TESTS_NAME)
    else:
        path = Path(file)
        tests = read_search_tests(path, file)
    from kbcli.knowledge.evals.earlier_runs import find_last_run_path
    from kbcli.knowledge.evals.evaluation import Asker, run_tests
    from kbcli.knowledge.index.sync import OpenIndex, ask_index

    with session.show_progress("asking") as progress:

        def ask(index: OpenIndex) -> "SearchTestReport":
            asker = Asker(config, index.reader, session.today)
            return run_tests(asker, tests, lambda name: _find_present_id(session, name), progress)

        report = ask_index(config, ask, notice=session.say)
    comparison, failed = _compare(
        session,
        report.measured,
        options,
        find_last_run_path(config.root, str(path.resolve()) if file else ""),
    )
    _write_tests(session, report, comparison, options, form)
    return 1 if failed or report.failed or report.problems else 0


def _find_present_id(session: Session, name: str) -> str | None:
    """The ID that a card has now whose former ID this is."""
    from kbcli.knowledge.cards.library import load_library

    card = load_library(session.config).by_former_id.get(name)
    return card.id if card else None


def _run_set(session: Session, folder: Path, options: _Options, form: str) -> int:
    from kbcli.knowledge.evals.earlier_runs import find_last_run_path
    from kbcli.knowledge.evals.evaluation import run_set
    from kbcli.knowledge.evals.retrieval_set import choose_half, read_retrieval_set

    found = read_retrieval_set(folder)
    queries = choose_half(found.queries, options.half)
    if not queries:
        raise UsageError(f"no query of {found.name} is in the {options.half} half")
    if found.unknown:
        session.say(f"{found.unknown} judgements name a document or query that is not there")
    if found.unanswered:
        session.say(f"{found.unanswered} queries without a right answer are left out")
    with session.show_progress("indexing") as indexing, session.show_progress("asking") as asking:
        judgements = run_set(
            found, queries, session.today, long=options.long, indexing=indexing, asking=asking
        )
    comparison, failed = _compare(
        session,
        judgements,
        options,
        find_last_run_path(folder, options.half, "long" if options.long else ""),
    )
    about = {
        "set": found.name, "documents": len(found.documents), "half": options.half or None, "long": options.long,
    }  # fmt: skip
    _write_set(session, about, judgements, comparison, options, form)
    return 1 if failed else 0


def _compare(
    session: Session, judgements: "Sequence[Judgement]", options: _Options, last: Path
) -> "tuple[Comparison | None, bool]":
    """What changed since the run asked for, else the last one here; true when that is a regression.

    Only a run that was asked for can fail this one. Keeps this run at `last`, and saves it if asked.
    """
    from kbcli.knowledge.evals.earlier_runs import compare_with_earlier, make_run, save_run

    now = make_run(judgements)
    comparison = compare_with_earlier(now, asked=options.compare, last=last)
    if options.save is not None:
        save_run(Path(options.save), now)
        session.say(f"saved {options.save}")
    failed = (
        options.compare is not None and comparison is not None and comparison.is_regression(options.tolerance)
    )
    if failed:
        session.say(f"the search got worse than in {options.compare}: save the run anew if that is meant")
    return comparison, failed


def _write_tests(
    session: Session,
    report: "SearchTestReport",
    comparison: "Comparison | None",
    options: _Options,
    form: str,
) -> None:
    from kbcli.knowledge.evals.evaluation import average, average_by_language
    from kbcli.render import evaluation as render

    whole, languages = average(report.measured), average_by_language(report.measured)
    if form == "json":
        from kbcli.render.evaluation_json import format_tests_json

        session.write(format_tests_json(report, whole, languages, comparison, options.tolerance))
    elif form == "junit":
        worse = (
            options.compare is not None
            and comparison is not None
            and comparison.is_regression(options.tolerance)
        )
        session.write(render.format_test_junit(report, f"worse than {options.compare}" if worse else ""))
    elif form == "plain":
        session.write(render.format_test_lines(report))
        for problem in report.problems:
            session.say(f"{problem.path}:{problem.line}: {problem.message}")
    else:
        width, color = session.width, session.color
        text = render.format_test_report(report, width=width, color=color, verbose=options.per_query)
        text += "\n" + render.format_measures(whole, languages)
        if comparison is not None:
            text += "\n" + render.format_comparison(comparison, width=width, color=color)
        session.page(text)


def _write_set(
    session: Session, about: dict[str, object], judgements: "Sequence[Judgement]",
    comparison: "Comparison | None", options: _Options, form: str,
) -> None:  # fmt: skip
    from kbcli.knowledge.evals.evaluation import average, average_by_language
    from kbcli.render import evaluation as render

    whole, languages = average(judgements), average_by_language(judgements)
    if form == "json":
        from kbcli.render.evaluation_json import format_set_json

        shown = judgements if options.per_query else None
        session.write(format_set_json(about, whole, languages, comparison, options.tolerance, shown))
    elif form == "plain":
        lines = (
            render.format_query_lines(judgements)
            if options.per_query
            else render.format_measure_lines(whole, languages)
        )
        session.write(lines)
    else:
        text = render.format_query_lines(judgements) + "\n" if options.per_query else ""
        text += f"{about['set']}: {about['documents']} documents\n" + render.format_measures(whole, languages)
        if comparison is not None:
            text += "\n" + render.format_comparison(comparison, width=session.width, color=session.color)
        session.page(text)
