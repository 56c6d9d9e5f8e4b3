"""Search tests and retrieval sets: how they went."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kbcli.knowledge.evals.evaluation import (
    MEASURES,
    Comparison,
    Judgement,
    Measures,
    Move,
    SearchTestReport,
    SearchTestResult,
)
from kbcli.operations.eval import Evaluation, SearchTestsEvaluation, SetEvaluation
from kbcli.render.ansi import cut_to_width, pad_cell, paint
from kbcli.render.escape import format_rows, make_line, strip_controls
from kbcli.render.formats import Envelope, Output, View

_MOVES_SHOWN = 10
_FIRST_SHOWN = 3
_DIGITS = 4
_TITLES = ("nDCG@10", "MRR@10", "recall@10", "top 1", "top 3")
"""Those of the means, in the order of Measures."""


def format_tests_table(tests: SearchTestsEvaluation, view: View) -> str:
    """What failed and why, how many passed, the means and what changed; every test where all are wanted."""
    return (
        _format_report(tests.report, view, verbose=tests.evaluation.options.per_query)
        + "\n"
        + _format_evaluation(tests.evaluation, view)
    )


def format_set_table(found: SetEvaluation, view: View) -> str:
    """The means and what changed; every question first, where all are wanted."""
    evaluation = found.evaluation
    questions = (
        format_rows(_list_questions(evaluation.judgements)) + "\n" if evaluation.options.per_query else ""
    )
    head = f"{found.name}: {found.documents} documents\n"
    return questions + head + _format_evaluation(evaluation, view)


def _format_report(report: SearchTestReport, view: View, *, verbose: bool) -> str:
    width, color = view.width, view.color
    mark = paint("✗", "red", color=color)
    parts = [
        f"{mark} line {line}: {make_line(message)}\n" + (f"    {make_line(hint)}\n" if hint else "")
        for _, line, message, hint in report.problems
    ]
    parts += [_format_test(result, width, color) for result in (report.results if verbose else report.failed)]
    count, failed = len(report.results), len(report.failed)
    style = "red" if failed or report.problems else "green"
    verdict = paint(f"{count - failed} of {count} tests pass", f"bold {style}", color=color)
    return "".join(parts) + ("\n" if parts else "") + f"{make_line(report.path)}: {verdict}\n"


def _format_evaluation(evaluation: Evaluation, view: View) -> str:
    text = _format_measures(evaluation.whole, evaluation.languages)
    if evaluation.comparison is not None:
        text += "\n" + _format_comparison(evaluation.comparison, view)
    return text


def _format_test(result: SearchTestResult, width: int, color: bool) -> str:
    test, rank = result.test, result.judgement.score.rank
    mark = paint("✓", "green", color=color) if result.passed else paint("✗", "red", color=color)
    place = f"  {rank}." if result.passed and rank else ""
    lines = [f"{mark} line {test.line}: {cut_to_width(make_line(test.query), max(30, width - 16))}{place}"]
    if not result.passed:
        lines += [f"    {make_line(failure)}" for failure in result.failures]
        first = [
            f"{number} {make_line(name)}"
            for number, name in enumerate(result.judgement.ranked[:_FIRST_SHOWN], 1)
        ]
        lines.append(paint(f"    {' · '.join(first) or 'nothing was found'}", "dim", color=color))
        if test.note:
            lines.append(paint(f"    {make_line(test.note)}", "dim", color=color))
    return "\n".join(lines) + "\n"


def _format_measures(whole: Measures, languages: Mapping[str, Measures]) -> str:
    """The means, over all questions and for each language when there are several."""
    rows = [("all", whole)] + (
        [(lang or "?", found) for lang, found in languages.items()] if len(languages) > 1 else []
    )
    head = f"{'':<8}{'questions':>10}" + "".join(f"{title:>11}" for title in _TITLES) + "\n"
    return head + "".join(
        f"{pad_cell(make_line(name), 8)}{found.queries:>10}"
        + "".join(f"{value:>11.3f}" for value in found[1:])
        + "\n"
        for name, found in rows
    )


def _format_comparison(comparison: Comparison, view: View) -> str:
    """What changed since another run: the means, and the questions whose answer moved."""
    changes = [
        f"{name} {new - old:+.3f}".replace("-", "−")
        for name, old, new in zip(_TITLES, comparison.before[1:], comparison.now[1:], strict=True)
        if abs(new - old) >= 0.0005
    ]
    worse = sum(move.is_worse for move in comparison.moves)
    better = len(comparison.moves) - worse
    moved = _list_counts((worse, "lower"), (better, "higher"))
    other = _list_counts((comparison.added, "new"), (comparison.removed, "gone"))
    told = "; ".join(filter(None, (", ".join(changes), moved, other)))
    lines = [f"since {make_line(comparison.name)}: {told or 'no change'}"]
    lines += [_format_move(move, view.width, view.color) for move in comparison.moves[:_MOVES_SHOWN]]
    if len(comparison.moves) > _MOVES_SHOWN:
        lines.append(f"  and {len(comparison.moves) - _MOVES_SHOWN} more")
    return "\n".join(lines) + "\n"


def _list_counts(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{count} {what}" for count, what in counts if count)


def _format_move(move: Move, width: int, color: bool) -> str:
    sign, style = ("▼", "red") if move.is_worse else ("▲", "green")
    places = f"{move.before or '–'} → {move.now or '–'}"
    return f"  {paint(sign, style, color=color)} {places:<10}{cut_to_width(make_line(move.key), max(30, width - 16))}"


def format_tests_lines(tests: SearchTestsEvaluation, _view: View) -> Output:
    """One test a line, tab-separated: result, language, rank, top, expected, query, first hits.

    Lists are joined by commas, an unfound card has rank 0; what is wrong with the file is said beside.
    """
    rows = (
        (
            "pass" if result.passed else "fail",
            result.judgement.lang,
            result.judgement.score.rank or 0,
            result.test.top,
            ",".join(result.test.expect),
            result.test.query,
            ",".join(result.judgement.ranked[:_FIRST_SHOWN]),
        )
        for result in tests.report.results
    )
    return Output(
        format_rows(rows),
        tuple(f"{found.path}:{found.line}: {found.message}" for found in tests.report.problems),
    )


def list_set_rows(found: SetEvaluation, _view: View) -> Iterable[tuple[object, ...]]:
    """One language a row, `all` first: name, questions, means; or every question, where all are wanted."""
    evaluation = found.evaluation
    if evaluation.options.per_query:
        return _list_questions(evaluation.judgements)
    rows = {"all": evaluation.whole, **evaluation.languages}
    return [(name, means.queries, *(f"{value:.4f}" for value in means[1:])) for name, means in rows.items()]


def _list_questions(judgements: Sequence[Judgement]) -> Iterator[tuple[object, ...]]:
    """One question a row: key, language, rank, the three measures, first hits, query."""
    for item in judgements:
        figures = (f"{value:.4f}" for value in item.score[1:])
        yield (
            item.key,
            item.lang,
            item.score.rank or 0,
            *figures,
            ",".join(item.ranked[:_FIRST_SHOWN]),
            item.query,
        )


def format_tests_junit(tests: SearchTestsEvaluation) -> str:
    """One test case for each question; a problem of the file and a regression are failed cases of their own."""
    from xml.etree import ElementTree as ET

    path = strip_controls(tests.report.path)
    cases = list(_list_cases(tests))
    failures = str(sum(bool(failure) for _, _, failure in cases))
    counts = {"tests": str(len(cases)), "failures": failures, "errors": "0"}
    suites = ET.Element("testsuites", {"name": "kb eval", **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": "kb eval", "skipped": "0", **counts})
    for name, line, failure in cases:
        case = ET.SubElement(
            suite, "testcase", classname=path, name=strip_controls(name), file=path, line=str(line), time="0"
        )
        if failure:
            found = ET.SubElement(case, "failure", type="search-test", message=strip_controls(failure))
            found.text = f"{path}:{line}: {strip_controls(failure)}"
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _list_cases(tests: SearchTestsEvaluation) -> Iterator[tuple[str, int, str]]:
    """The name of each case, its line, and why it failed."""
    for result in tests.report.results:
        yield result.test.query, result.test.line, "; ".join(result.failures)
    for problem in tests.report.problems:
        yield problem.message, problem.line, f"{problem.message}. {problem.hint}".strip()
    if tests.evaluation.is_worse:
        yield "no worse than the compared run", 1, f"worse than {tests.evaluation.options.compare}"


def describe_tests(tests: SearchTestsEvaluation) -> Envelope:
    """The data of `kb eval`: the means, every test, and what changed; the file's own problems beside."""
    report = tests.report
    data = {
        **_describe_means(tests.evaluation),
        "passed": len(report.results) - len(report.failed),
        "failed": len(report.failed),
        "tests": [_describe_test(result) for result in report.results],
        "compared": _describe_comparison(tests.evaluation),
    }
    return Envelope(data, tuple(problem._asdict() for problem in report.problems))


def describe_set(found: SetEvaluation) -> dict[str, object]:
    """The data of `kb eval --set`: the means, what was measured, and each question where all are wanted."""
    evaluation = found.evaluation
    data: dict[str, object] = {
        **_describe_means(evaluation),
        "set": found.name,
        "documents": found.documents,
        "half": found.half,
        "long": found.long,
        "compared": _describe_comparison(evaluation),
    }
    if evaluation.options.per_query:
        data["per_query"] = [{"id": item.key, **_describe_judgement(item)} for item in evaluation.judgements]
    return data


def _describe_means(evaluation: Evaluation) -> dict[str, object]:
    languages = {lang: _describe_measures(found) for lang, found in evaluation.languages.items()}
    return {**_describe_measures(evaluation.whole), "languages": languages}


def _describe_measures(found: Measures) -> dict[str, object]:
    return {**_describe_values(found[1:]), "queries": found.queries}


def _describe_judgement(item: Judgement) -> dict[str, object]:
    head = {"query": item.query, "lang": item.lang or None, "rank": item.score.rank}
    return {**head, **_describe_values(item.score[1:]), "first": list(item.ranked)}


def _describe_values(values: Sequence[float]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in zip(MEASURES, values, strict=False)}


def _describe_test(result: SearchTestResult) -> dict[str, object]:
    test = result.test
    return {
        "line": test.line,
        **_describe_judgement(result.judgement),
        "expect": list(test.expect),
        "absent": list(test.absent),
        "top": test.top,
        "note": test.note or None,
        "passed": result.passed,
        "failures": list(result.failures),
    }


def _describe_comparison(evaluation: Evaluation) -> dict[str, object] | None:
    comparison = evaluation.comparison
    if comparison is None:
        return None
    return {
        "with": comparison.name,
        "before": _describe_measures(comparison.before),
        "now": _describe_measures(comparison.now),
        "regression": comparison.is_regression(evaluation.options.tolerance),
        "moves": [{"query": move.key, "before": move.before, "now": move.now} for move in comparison.moves],
        "added": comparison.added,
        "removed": comparison.removed,
    }
