"""Measures of a ranking: the values that trec_eval gives."""

from math import log2

import pytest

from kbcli.knowledge.evals.evaluation import mrr_at, ndcg_at, recall_at


def test_perfect_order_is_one() -> None:
    """The best possible order of graded documents scores 1."""
    assert ndcg_at(["a", "b", "c"], {"a": 3, "b": 2, "c": 1}) == pytest.approx(1)


def test_gain_is_the_grade_discounted_by_log2() -> None:
    """The gain is the grade itself, not 2**grade - 1, and rank r counts 1 / log2(r + 1)."""
    expected = (1 + 3 / log2(3)) / (3 + 1 / log2(3))
    assert ndcg_at(["a", "b"], {"a": 1, "b": 3}) == pytest.approx(expected)


def test_only_the_first_k_count() -> None:
    """What stands below k adds nothing, and the ideal is cut at k too."""
    ranked = ["x", "a", "b"]
    grades = {"a": 1, "b": 1}
    assert ndcg_at(ranked, grades, 1) == mrr_at(ranked, grades, 1) == recall_at(ranked, grades, 1) == 0
    assert ndcg_at(["a"], grades, 1) == pytest.approx(1)
    assert recall_at(ranked, grades, 2) == 0.5


def test_mrr_is_one_over_the_first_relevant_rank() -> None:
    """The third place gives a third; grades of 0 are not relevant."""
    assert mrr_at(["x", "zero", "a"], {"a": 1, "zero": 0}) == pytest.approx(1 / 3)


def test_nothing_relevant_is_zero() -> None:
    """Without relevant documents, or without hits, all measures are 0."""
    for measure in (ndcg_at, mrr_at, recall_at):
        assert measure(["a"], {}) == measure(["a"], {"a": 0}) == measure([], {"a": 1}) == 0
