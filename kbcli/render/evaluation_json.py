"""Search tests and retrieval sets in the JSON envelope."""

from collections.abc import Mapping, Sequence

from kbcli.knowledge.evals.earlier_runs import Comparison
from kbcli.knowledge.evals.evaluation import Judgement, Measures, SearchTestReport, SearchTestResult
from kbcli.render.json import format_envelope

_DIGITS = 4


def format_tests_json(
    report: SearchTestReport, whole: Measures, languages: Mapping[str, Measures],
    comparison: Comparison | None, tolerance: float,
) -> str:  # fmt: skip
    """The means, every test, and what changed; the file's own problems are the envelope's."""
    data = {
        **_describe_measures(whole),
        "languages": {lang: _describe_measures(found) for lang, found in languages.items()},
        "passed": len(report.results) - len(report.failed),
        "failed": len(report.failed),
        "tests": [_describe_test(result) for result in report.results],
        "compared": _describe_comparison(comparison, tolerance),
    }
    return format_envelope("eval", data, [problem._asdict() for problem in report.problems])


def format_set_json(
    about: Mapping[str, object], whole: Measures, languages: Mapping[str, Measures],
    comparison: Comparison | None, tolerance: float, judgements: Sequence[Judgement] | None,
) -> str:  # fmt: skip
    """The means, what was measured, and each question when `judgements` has them."""
    data: dict[str, object] = {
        **_describe_measures(whole),
        "languages": {lang: _describe_measures(found) for lang, found in languages.items()},
        **about,
        "compared": _describe_comparison(comparison, tolerance),
    }
    if judgements is not None:
        data["per_query"] = [{"id": item.key, **_describe_judgement(item)} for item in judgements]
    return format_envelope("eval", data)


def _describe_measures(found: Measures) -> dict[str, object]:
    return {
        "ndcg@10": round(found.ndcg, _DIGITS),
        "mrr@10": round(found.mrr, _DIGITS),
        "recall@10": round(found.recall, _DIGITS),
        "queries": found.queries,
    }


def _describe_judgement(item: Judgement) -> dict[str, object]:
    return {
        "query": item.query,
        "lang": item.lang or None,
        "rank": item.rank,
        "ndcg@10": round(item.ndcg, _DIGITS),
        "mrr@10": round(item.mrr, _DIGITS),
        "recall@10": round(item.recall, _DIGITS),
        "first": list(item.ranked),
    }


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


def _describe_comparison(comparison: Comparison | None, tolerance: float) -> dict[str, object] | None:
    if comparison is None:
        return None
    return {
        "with": comparison.name,
        "before": _describe_measures(comparison.before),
        "now": _describe_measures(comparison.now),
        "regression": comparison.is_regression(tolerance),
        "moves": [{"query": move.key, "before": move.before, "now": move.now} for move in comparison.moves],
        "added": comparison.added,
        "removed": comparison.removed,
    }
