"""Search tests and retrieval sets: how they went, on a terminal, in a pipe and as JUnit XML."""

from collections.abc import Mapping, Sequence

from kbcli.knowledge.evals.earlier_runs import Comparison, Move
from kbcli.knowledge.evals.evaluation import Judgement, Measures, SearchTestReport, SearchTestResult
from kbcli.render.ansi import cut_to_width, pad_cell, paint
from kbcli.render.escape import escape_field, make_line, strip_controls

TEST_COLUMNS = ("result", "lang", "rank", "top", "expect", "query", "first")
QUERY_COLUMNS = ("id", "lang", "rank", "ndcg@10", "mrr@10", "recall@10", "first", "query")
SET_COLUMNS = ("lang", "queries", "ndcg@10", "mrr@10", "recall@10")
_MOVES_SHOWN = 10
_FIRST_SHOWN = 3


def format_test_report(report: SearchTestReport, *, width: int, color: bool, verbose: bool) -> str:
    """What failed and why, then how many passed; with `verbose` every test."""
    parts = [_format_problem(line, message, hint, color) for _, line, message, hint in report.problems]
    shown = report.results if verbose else report.failed
    parts += [_format_test(result, width, color) for result in shown]
    count, failed = len(report.results), len(report.failed)
    style = "red" if failed or report.problems else "green"
    verdict = paint(f"{count - failed} of {count} tests pass", f"bold {style}", color=color)
    return "".join(parts) + ("\n" if parts else "") + f"{make_line(report.path)}: {verdict}\n"


def _format_problem(line: int, message: str, hint: str, color: bool) -> str:
    text = f"{paint('✗', 'red', color=color)} line {line}: {make_line(message)}\n"
    return text + (f"    {make_line(hint)}\n" if hint else "")


def _format_test(result: SearchTestResult, width: int, color: bool) -> str:
    test, rank = result.test, result.judgement.rank
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


def format_measures(whole: Measures, languages: Mapping[str, Measures]) -> str:
    """The means, over all questions and for each language when there are several."""
    rows = [("all", whole)] + (
        [(lang or "?", found) for lang, found in languages.items()] if len(languages) > 1 else []
    )
    head = f"{'':<8}{'questions':>10}{'nDCG@10':>10}{'MRR@10':>10}{'recall@10':>11}\n"
    return head + "".join(
        f"{pad_cell(make_line(name), 8)}{found.queries:>10}{found.ndcg:>10.3f}{found.mrr:>10.3f}{found.recall:>11.3f}\n"
        for name, found in rows
    )


def format_comparison(comparison: Comparison, *, width: int, color: bool) -> str:
    """What changed since another run: the means, and the questions whose answer moved."""
    before, now = comparison.before, comparison.now
    names = ("nDCG@10", "MRR@10", "recall@10")
    changes = [
        f"{name} {_format_change(new - old)}"
        for name, old, new in zip(names, before[1:], now[1:], strict=True) if abs(new - old) >= 0.0005
    ]  # fmt: skip
    extra = [f"{comparison.added} new"] * (comparison.added > 0) + [f"{comparison.removed} gone"] * (
        comparison.removed > 0
    )
    worse = sum(move.is_worse for move in comparison.moves)
    counts = [f"{worse} lower"] * (worse > 0) + [f"{len(comparison.moves) - worse} higher"] * (
        len(comparison.moves) > worse
    )
    told = "; ".join(filter(None, (", ".join(changes), ", ".join(counts), ", ".join(extra))))
    lines = [f"since {make_line(comparison.name)}: {told or 'no change'}"]
    lines += [_format_move(move, width, color) for move in comparison.moves[:_MOVES_SHOWN]]
    if len(comparison.moves) > _MOVES_SHOWN:
        lines.append(f"  and {len(comparison.moves) - _MOVES_SHOWN} more")
    return "\n".join(lines) + "\n"


def _format_change(change: float) -> str:
    return f"{change:+.3f}".replace("-", "−")


def _format_move(move: Move, width: int, color: bool) -> str:
    sign, style = ("▼", "red") if move.is_worse else ("▲", "green")
    places = f"{move.before or '–'} → {move.now or '–'}"
    return f"  {paint(sign, style, color=color)} {places:<10}{cut_to_width(make_line(move.key), max(30, width - 16))}"


def format_test_lines(report: SearchTestReport) -> str:
    """One test a line, tab-separated: TEST_COLUMNS; lists are joined by commas, an unfound card has rank 0."""
    return "".join(_join(_list_test_cells(result)) for result in report.results)


def _list_test_cells(result: SearchTestResult) -> tuple[str, ...]:
    test, judged = result.test, result.judgement
    return (
        "pass" if result.passed else "fail", judged.lang, str(judged.rank or 0), str(test.top),
        ",".join(test.expect), test.query, ",".join(judged.ranked[:_FIRST_SHOWN]),
    )  # fmt: skip


def format_query_lines(judgements: Sequence[Judgement]) -> str:
    """One question a line, tab-separated: QUERY_COLUMNS."""
    return "".join(
        _join((
            item.key, item.lang, str(item.rank or 0), f"{item.ndcg:.4f}", f"{item.mrr:.4f}", f"{item.recall:.4f}",
            ",".join(item.ranked[:_FIRST_SHOWN]), item.query,
        ))
        for item in judgements
    )  # fmt: skip


def format_measure_lines(whole: Measures, languages: Mapping[str, Measures]) -> str:
    """One language a line, `all` first, tab-separated: SET_COLUMNS."""
    rows = {"all": whole, **languages}
    return "".join(
        _join((name, str(found.queries), *(f"{value:.4f}" for value in found[1:])))
        for name, found in rows.items()
    )


def _join(fields: Sequence[str]) -> str:
    return "\t".join(escape_field(field) for field in fields) + "\n"


def format_test_junit(report: SearchTestReport, regression: str) -> str:
    """One test case for each question; a problem of the file and a regression are failed cases of their own."""
    from xml.etree import ElementTree as ET

    path = strip_controls(report.path)
    cases: list[tuple[str, int, str]] = [
        (result.test.query, result.test.line, "; ".join(result.failures)) for result in report.results
    ]
    cases += [
        (problem.message, problem.line, f"{problem.message}. {problem.hint}".strip())
        for problem in report.problems
    ]
    if regression:
        cases.append(("no worse than the compared run", 1, regression))
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
