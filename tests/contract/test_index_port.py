"""What every backend of the index port promises; a new backend joins by one line in BACKENDS."""

import random
from collections.abc import Callable

import pytest
from memoryindex import MemoryIndex

from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.documents import IndexDocument, make_document
from kbcli.knowledge.index.port import Backend, Question, find_card, hold_any, one_of
from kbcli.knowledge.index.whoosh.disk import DiskReader

BACKENDS: dict[str, Callable[[], Backend]] = {"whoosh": lambda: DiskReader(()), "memory": MemoryIndex}
ENGLISH = [
    "mail",
    "merge",
    "letter",
    "invoice",
    "refund",
    "limit",
    "server",
    "token",
    "printer",
    "the",
    "of",
    "how",
    "a",
]
GERMAN = [
    "Verteidigungslinie",
    "Verteidigung",
    "Rechnungsnummer",
    "Rechnung",
    "Kündigungsfrist",
    "Kündigung",
    "die",
    "wie",
]
QUESTIONS = [
    "mail merge",
    "how the server error",
    "Verteidigung",
    "Kündigungsfristen Rechnung",
    "a the of",
    "zzz",
]


def make_documents(seed: int = 1, count: int = 60) -> list[IndexDocument]:
    """Cards of random words, every third of them German, in folders, with tags, owners and former IDs."""
    chance = random.Random(seed)
    documents = []
    for number in range(count):
        words, lang = (GERMAN, "de") if number % 3 == 0 else (ENGLISH, "en")
        card = Card(
            id=f"f{number % 4}/c{number}",
            path=f"f{number % 4}/c{number}.md",
            title=" ".join(chance.choices(words, k=3)),
            body=" ".join(chance.choices(words, k=chance.randrange(1, 60))),
            lang=lang,
            aliases=tuple(chance.choices(words, k=chance.randrange(3))),
            tags=(chance.choice(words),),
            owners=("team",) if number % 5 else (),
            former_ids=(f"old/c{number}",),
            status="archived" if number % 11 == 0 else "active",
        )
        documents.append(make_document(card, 0)._replace(digest=number.to_bytes(16, "big")))
    return documents


def fill(backend: Backend, documents: list[IndexDocument], commit: str = "one") -> Backend:
    """The index with these documents."""
    generation = backend.begin(commit, full=True)
    generation.put(documents)
    filled = generation.finish(None)
    assert filled is not None
    return filled


@pytest.fixture(params=BACKENDS)
def index(request: pytest.FixtureRequest) -> Backend:
    """Each backend, filled with the same documents."""
    return fill(BACKENDS[request.param](), make_documents())


def make_words(text: str) -> tuple[QueryWord, ...]:
    """The words of a question in English and German."""
    return tuple(analyse_query(text, ["en", "de"]))


def list_paths(index: Backend, question: Question, limit: int = 200) -> list[str]:
    """The paths of the candidates, best first."""
    return [found.record.path for found in index.candidates(question, limit).items]


@pytest.mark.parametrize("lang", ["", "de", "it"])
def test_scores_are_those_of_the_formula(index: Backend, lang: str) -> None:
    """Candidates, order, scores and the total are those of scoring every document, and are explained in full."""
    plain = MemoryIndex(make_documents())
    for text in QUESTIONS:
        compare_scores(
            index, plain, Question(make_words(text), lang, none_of=(one_of(("status", "archived")),))
        )


def compare_scores(index: Backend, plain: MemoryIndex, question: Question) -> None:
    """Assert that an index has the candidates of one that scores every document."""
    expected, found = plain.candidates(question), index.candidates(question)
    assert found.total == expected.total
    assert found.whole
    assert [item.score for item in found.items] == pytest.approx([item.score for item in expected.items])
    scores = {item.record.path: item.score for item in expected.items}
    for item in found.items:
        assert item.score == pytest.approx(scores[item.record.path])
        told = item.explain(question)
        assert sum(score for _, _, score in told) == pytest.approx(item.score)
        assert told == sorted(told, key=lambda part: -part[2])


def test_a_limit_cuts_the_list_and_not_the_total(index: Backend) -> None:
    """The best few are the first of many; the total counts all."""
    question = Question(make_words("mail server"))
    every = list_paths(index, question)
    assert list_paths(index, question, 3) == every[:3]
    assert index.candidates(question, 3).total == len(every) > 3
    assert index.candidates(question, 0).items == []


def test_conditions_restrict(index: Backend) -> None:
    """Each condition of `all_of` must be met, by one of its alternatives in full, and none of `none_of`."""
    german, team = one_of(("lang", "de")), one_of(("owner", "team"), ("owner", "nobody"))
    both = ((hold_any(("body", "title"), ("mail",)), hold_any(("body", "title"), ("merg",))),)
    records = {document.record.path: document for document in make_documents()}

    def holds(path: str, term: str) -> bool:
        return any(term in records[path].terms.get(field, ()) for field in ("body", "title"))

    def expect(question: Question, meets: Callable[[str], bool]) -> None:
        assert sorted(list_paths(index, question)) == sorted(filter(meets, records))

    expect(Question(), lambda _: True)
    expect(Question(all_of=(german,)), lambda path: records[path].record.lang == "de")
    expect(
        Question(all_of=(german, team)),
        lambda path: records[path].record.lang == "de" and records[path].record.owners == ("team",),
    )
    expect(Question(none_of=(german,)), lambda path: records[path].record.lang == "en")
    expect(Question(all_of=(both,)), lambda path: holds(path, "mail") and holds(path, "merg"))
    expect(Question(none_of=(both,)), lambda path: not (holds(path, "mail") and holds(path, "merg")))
    expect(Question(all_of=((),)), lambda _: False)
    expect(Question(all_of=(one_of(),)), lambda _: False)
    expect(Question(none_of=((),)), lambda _: True)
    expect(Question(all_of=(one_of(("owner", "-")),)), lambda path: not records[path].record.owners)


def test_without_words_documents_come_in_the_order_of_the_index(index: Backend) -> None:
    """All score 0, and each carries its record and digest."""
    found = index.candidates(Question())
    assert [item.record for item in found.items] == [document.record for document in make_documents()]
    assert [item.digest for item in found.items] == [document.digest for document in make_documents()]
    assert {item.score for item in found.items} == {0.0}


def test_vocabulary_and_statistics_are_told(index: Backend) -> None:
    """Terms come in order with how many documents hold them; averages and examples are those of the documents."""
    plain = MemoryIndex(make_documents())
    for field in ("title", "body", "grams", "lang", "tag", "trust"):
        assert list(index.terms(field)) == list(plain.terms(field))
        assert index.average_length(field) == pytest.approx(plain.average_length(field))
        for term, count in plain.terms(field):
            assert index.document_frequency(field, term) == count
            assert index.find_examples(field, term, 3) == plain.find_examples(field, term, 3)
        assert index.count_known(field, ["zzz", *dict(plain.terms(field))]) == dict(plain.terms(field))
    assert list(index.terms("body", "ma")) == [
        item for item in plain.terms("body") if item[0].startswith("ma")
    ]
    assert index.document_frequency("body", "zzz") == 0
    statistics = index.candidates(Question(make_words("mail"))).statistics
    assert statistics.doc_count == plain.doc_count
    assert statistics.document_frequency("body", "mail") == plain.document_frequency("body", "mail")


def test_a_generation_replaces_and_drops(index: Backend) -> None:
    """The next state has what was put in the place of what had its path, and not what was dropped; the old state stays."""
    documents = make_documents()
    changed = [document._replace(terms={**document.terms, "tag": ["new"]}) for document in documents[:5]]
    generation = index.begin("two")
    generation.put(changed)
    generation.drop([documents[7].record.path, "no/such.md"])
    assert list_paths(index, Question(all_of=(one_of(("tag", "new")),))) == []
    after = generation.finish("one")
    assert after is not None
    assert sorted(list_paths(after, Question(all_of=(one_of(("tag", "new")),)))) == sorted(
        document.record.path for document in changed
    )
    assert (after.health().documents, after.health().commit) == (59, "two")
    assert (index.health().documents, index.health().commit) == (60, "one")
    words = Question(make_words("mail server"), "en")
    plain = MemoryIndex([*changed, *documents[5:7], *documents[8:]])
    scores = {item.record.path: item.score for item in plain.candidates(words).items}
    found = {item.record.path: item.score for item in after.candidates(words).items}
    assert found == pytest.approx(scores)


def test_a_generation_of_another_state_is_not_finished(index: Backend) -> None:
    """Who expects another commit than the index is at changes nothing; a full one begins from nothing."""
    assert index.begin("two").finish("zero") is None
    generation = index.begin("two", full=True)
    generation.put(make_documents(2, 3))
    after = generation.finish("one")
    assert after is not None
    assert after.health().documents == 3
    assert index.health() == index.health()._replace(state="whole", commit="one", documents=60)


def test_an_empty_index_answers(index: Backend) -> None:
    """Without documents nothing is found and nothing fails."""
    empty = index.begin("none", full=True).finish("one")
    assert empty is not None
    assert empty.candidates(Question(make_words("mail"))).items == []
    assert list(empty.terms("body")) == []
    assert empty.average_length("body") == 1


def test_a_card_is_found_by_what_it_is_and_was_called(index: Backend) -> None:
    """By its ID, or one it had; the case matters, and an ending alone is no name."""
    for name in ("f2/c6", "old/c6"):
        found = find_card(index, name)
        assert found is not None
        assert found.path == "f2/c6.md"
    assert find_card(index, "F2/c6") is None
    assert find_card(index, "c6") is None
