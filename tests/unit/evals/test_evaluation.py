"""Measures as trec_eval gives them, and a throwaway base that answers as a real one does."""

import random
from datetime import date
from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.knowledge.evals.evaluation import (
    Score,
    average,
    compare_runs,
    format_run,
    mrr_at,
    ndcg_at,
    parse_run,
    read_question,
    recall_at,
)
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, SetText, build_base, write_base
from kbcli.knowledge.index.sync import open_local_index
from kbcli.knowledge.search.engine import search_cards

TODAY = date(2026, 11, 21)
WORDS = [
    "refund",
    "plan",
    "quota",
    "export",
    "import",
    "login",
    "token",
    "invoice",
    "e-mail",
    "Rechnung",
    "Konto",
    "退款",
    "导出",
    "पासवर्ड",
]


def make_set(seed: int, size: int = 60) -> RetrievalSet:
    """Documents of a few words over and over, so that many score alike."""
    chance = random.Random(seed)
    documents = tuple(
        SetText(
            f"d{number}",
            " ".join(chance.choices(WORDS, k=2)),
            " ".join(chance.choices(WORDS, k=9)) + ".",
            "en",
        )
        for number in range(size)
    )
    return RetrievalSet("random", "en", documents, (), {})


@pytest.mark.parametrize("seed", range(5))
def test_measures_agree_with_trec_eval(seed: int) -> None:
    """nDCG@10, recall@10 and reciprocal rank at 10 are those of trec_eval, for graded and for missing documents."""
    pytrec_eval = pytest.importorskip("pytrec_eval", reason="in the test extra")
    chance = random.Random(seed)
    names = [f"d{number}" for number in range(40)]
    for _ in range(40):
        grades = {
            name: chance.choice((0, 0, 1, 2, 3, 7)) for name in chance.sample(names, chance.randint(1, 30))
        }
        if not any(grades.values()):
            continue
        ranked = chance.sample(names, chance.randint(0, 25))
        top = {name: float(-place) for place, name in enumerate(ranked[:10])} or {"nothing": 0.0}
        judge = pytrec_eval.RelevanceEvaluator({"q": grades}, {"ndcg_cut.10", "recall.10", "recip_rank"})
        theirs = judge.evaluate({"q": top})["q"]
        assert ndcg_at(ranked, grades) == pytest.approx(theirs["ndcg_cut_10"])
        assert recall_at(ranked, grades) == pytest.approx(theirs["recall_10"])
        assert mrr_at(ranked, grades) == pytest.approx(theirs["recip_rank"])


def test_a_throwaway_base_answers_as_one_on_disk(tmp_path: Path) -> None:
    """The same documents in a folder with its index in the cache give the same cards, order and scores."""
    documents = make_set(1)
    write_base(tmp_path, documents)
    config = load_config(tmp_path)
    reader = open_local_index(config).reader
    with build_base(documents) as base:
        for query in (
            *WORDS,
            "refund plan",
            "export -login",
            '"plan quota"',
            "Rechnungen",
            "退款导出",
            "impotr",
        ):
            ours = search_cards(base.config, base.reader, query, today=TODAY, snippets=False)
            theirs = search_cards(config, reader, query, today=TODAY)
            assert [(hit.record.id, hit.score) for hit in ours.hits] == [
                (hit.record.id, hit.score) for hit in theirs.hits
            ]
            assert ours.total == theirs.total


@pytest.mark.parametrize(
    "title",
    [
        "",
        "a: b # c",
        "'",
        '"',
        "\\",
        "a\\nb",
        "x\ny\u2028z\x07\x85",
        "\ud800",
        "- [",
        "---",
        "no",
        "😀 é",
        "\ufeff",
    ],
)
def test_any_title_and_text_become_a_card(title: str) -> None:
    """Whatever a document's title holds, its card's title says the same, and its text is found."""
    documents = RetrievalSet(
        "odd", "en", (SetText("a/../b", title, f"---\n{title}\n---\nneedle", "en"),), (), {}
    )
    with build_base(documents) as base:
        result = search_cards(base.config, base.reader, "needle", today=TODAY)
        assert [base.names[hit.record.id] for hit in result.hits] == ["a/../b"]
        shown = result.hits[0].record.title
        assert shown.split() == title.replace("\ud800", "\ufffd").split() or not title.strip()


def test_several_lines_are_a_ticket() -> None:
    """One line has operators, a pasted mail has none."""
    assert read_question("plan -quota").excluded_words == ("quota",)
    ticket = read_question("Hi,\n\nplan -quota please\n\nThanks\nSam")
    assert (ticket.is_ticket, ticket.words) == (True, ("plan", "-quota", "please"))


def test_a_run_survives_being_written() -> None:
    """What is saved is what is read, one question a line, in order of the questions."""
    run = {'b "x"\n\ud800': Score(None, 0.0, 0.0, 0.0), "a": Score(2, 0.6309, 0.5, 1.0)}
    text = format_run(run)
    assert parse_run(text) == run
    assert text.splitlines()[2].startswith('"a": [2, 0.6309')


def test_top_1_and_top_3_are_the_parts_answered_so_far_up() -> None:
    """A first hit counts in both, a third in one, and what stands lower or nowhere in none."""
    means = average(Score(rank, 0.0, 0.0, 0.0) for rank in (1, 3, 4, None))
    assert (means.top1, means.top3) == (0.25, 0.5)


def test_only_common_questions_are_compared() -> None:
    """Added and removed questions move no mean; those that got worse come first."""
    before = {"a": Score(2, 0.6, 0.5, 1.0), "b": Score(1, 1.0, 1.0, 1.0), "gone": Score(None, 0.0, 0.0, 0.0)}
    now = {"a": Score(1, 1.0, 1.0, 1.0), "b": Score(None, 0.0, 0.0, 0.0), "new": Score(1, 1.0, 1.0, 1.0)}
    found = compare_runs("x", before, now)
    assert [(move.key, move.is_worse) for move in found.moves] == [("b", True), ("a", False)]
    assert (found.added, found.removed, found.before.queries) == (1, 1, 2)
    assert found.is_regression(0.2)
    assert not found.is_regression(0.5)
