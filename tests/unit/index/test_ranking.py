"""Ranking: the best first, the same as scoring every document, and explained."""

import random
from collections.abc import Sequence
from functools import cache

import pytest
from memoryindex import MemoryIndex, build_index, score_all

from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.port import Candidates, Question, one_of
from kbcli.knowledge.index.whoosh import disk
from kbcli.knowledge.index.whoosh.disk import DiskReader

WORDS = (
    "mail",
    "merge",
    "letter",
    "invoice",
    "refund",
    "limit",
    "server",
    "token",
    "printer",
    "401",
    "the",
    "of",
    "how",
    "a",
)
GERMAN = (
    "Verteidigungslinie", "Verteidigung", "Rechnungsnummer", "Rechnung", "Kündigungsfrist", "Kündigung", "Frist",
    "die", "wie",
)  # fmt: skip


def make_reader(*cards: Card) -> DiskReader:
    """An index of some cards, numbered in the order given."""
    return build_index(make_document(card, 0) for card in cards)


def make_memory(*cards: Card) -> MemoryIndex:
    """The same cards in the plain index that scores every document."""
    return MemoryIndex(make_document(card, 0) for card in cards)


def make_card(name: str, title: str, body: str = "", **fields: object) -> Card:
    """An English card, unless said otherwise."""
    return Card(**{"id": name, "path": f"{name}.md", "title": title, "lang": "en", "body": body, **fields})


def make_random_cards(seed: int, count: int) -> list[Card]:
    """Cards of random words, every third of them German."""
    source = random.Random(seed)
    cards = []
    for number in range(count):
        vocabulary, lang = (GERMAN, "de") if number % 3 == 0 else (WORDS, "en")
        body = " ".join(source.choices(vocabulary, k=source.randrange(1, 60)))
        title = " ".join(source.choices(vocabulary, k=source.randrange(1, 5)))
        aliases = tuple(source.choices(vocabulary, k=source.randrange(3)))
        cards.append(
            make_card(
                f"c{number}", title, body, lang=lang, aliases=aliases, tags=(source.choice(vocabulary),)
            )
        )
    return cards


@cache
def make_random_indexes(seed: int) -> tuple[DiskReader, MemoryIndex]:
    """The index of ninety such cards, and the same in memory; no test changes them."""
    cards = make_random_cards(seed, 90)
    return make_reader(*cards), make_memory(*cards)


def search(reader: DiskReader, query: str, langs: tuple[str, ...] = ("en",), **options: object) -> list[str]:
    """The IDs of the hits, best first."""
    return [hit.record.id for hit in ask(reader, analyse_query(query, langs), **options).items]


def ask(reader: DiskReader, words: Sequence[QueryWord], *, limit: int = 10, lang: str = "") -> Candidates:
    """The candidates for some words."""
    return reader.candidates(Question(tuple(words), lang), limit)


QUERIES = [
    "mail merge",
    "how the server error",
    "Verteidigung",
    "Kündigungsfristen Rechnung",
    "a the of",
    "Token",
    "LIMIT of server 401",
]


@pytest.mark.parametrize("few", [0, 500])
@pytest.mark.parametrize("query_lang", ["", "de", "en", "it"])
@pytest.mark.parametrize("query", QUERIES)
def test_rank_agrees_with_scoring_every_document(
    query: str, query_lang: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best ten, their scores and the total are those of scoring every document by the formula."""
    monkeypatch.setattr(disk, "_FEW", few)
    for seed in range(4):
        reader, memory = make_random_indexes(seed)
        words = analyse_query(query, ["en", "de"])
        words += words[:1]
        expected = score_all(memory, words, query_lang)
        found = ask(reader, words, lang=query_lang)
        best = sorted(expected.values(), reverse=True)[:10]
        assert [hit.score for hit in found.items] == pytest.approx(best)
        assert [expected[hit.number] for hit in found.items] == pytest.approx(best)
        assert found.total == len(expected)


def test_early_choice_is_used_and_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies with common words only are not worked out, and the answer is the same."""
    cards = [make_card(f"c{n}", "note", "server " * (n % 5 + 1) + "word " * (n % 7)) for n in range(300)]
    cards += [make_card(f"m{n}", "merge", "merge server " * (n % 3 + 1)) for n in range(30)]
    reader = make_reader(*cards)
    words = analyse_query("does the merge server", ["en"])
    monkeypatch.setattr(disk, "_FEW", 0)
    chosen = []
    choose = disk._choose_early

    def watch(*arguments: object) -> object:
        chosen.append(choose(*arguments))
        return chosen[-1]

    monkeypatch.setattr(disk, "_choose_early", watch)
    found = ask(reader, words)
    assert chosen[0] is not None
    best = sorted(score_all(make_memory(*cards), words).values(), reverse=True)[:10]
    assert [hit.score for hit in found.items] == pytest.approx(best)


def test_title_match_beats_body_match() -> None:
    """A card titled with the word comes before one that only mentions it."""
    reader = make_reader(
        make_card("body", "Other", "refund"), make_card("title", "Refund", "other"), make_card("x", "Y")
    )
    assert search(reader, "refund") == ["title", "body"]


def test_alias_match_beats_body_match() -> None:
    """Another word customers use, given as alias, counts like a title."""
    aliased = make_card("alias", "Rate limits", "wait", aliases=("throttling",))
    reader = make_reader(make_card("body", "Other", "throttling is"), aliased, make_card("x", "Y"))
    assert search(reader, "throttling")[0] == "alias"


FILLER = {
    "en": "what to say of it to those who ask and wait for an answer",
    "de": "was man denen sagt die fragen und auf eine Antwort warten",
    "ko": "요청이 너무 많아서 잠시 거절한 응답을 설명하기",
    "zh": "如何解释过多请求的限制并告诉客户需要等待多久",
}


@pytest.mark.parametrize(
    ("query", "lang"),
    [("error 429", "en"), ("고객이 429 오류", "ko"), ("kunde 429 fehler", "de"), ("429 错误", "zh")],
)
def test_the_card_that_an_identifier_names_comes_first(query: str, lang: str) -> None:
    """A number in a title, however long, beats a card about all of the other words that mentions it, in every language."""
    other = query.replace("429", "").strip()
    title = f"{FILLER[lang]} 429"
    named = make_card("named", title, "429", lang=lang, aliases=(FILLER[lang],) * 4)
    about = make_card("about", other, f"{other} 429", lang=lang)
    others = [
        make_card(f"o{n}", f"o{n}", other if n < 5 else "429" if n < 7 else "", lang=lang) for n in range(20)
    ]
    assert search(make_reader(about, named, *others), query, (lang,), lang=lang)[0] == "named"


def test_a_word_that_is_missing_costs_little() -> None:
    """A card titled with the telling word beats one that merely mentions both words."""
    both = make_card("both", "Other", "one printer among many words here, and much later once the token too")
    one = make_card("one", "Token", "token token token")
    others = [make_card(f"p{n}", "Printer", "printer") for n in range(5)]
    assert search(make_reader(one, both, *others), "printer token")[0] == "one"


def test_total_counts_every_match_of_any_word() -> None:
    """The total is how many cards hold any of the words, not how many are returned."""
    reader = make_reader(
        *(make_card(f"c{n}", "Mail" if n % 2 else "Merge") for n in range(30)), make_card("x", "Y")
    )
    found = ask(reader, analyse_query("mail merge", ["en"]), limit=3)
    assert (len(found.items), found.total) == (3, 30)


@pytest.mark.parametrize("few", [0, 500])
def test_conditions_restrict_hits_and_total(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only documents that meet the conditions are found and counted, also where common words are worked out last."""
    monkeypatch.setattr(disk, "_FEW", few)
    reader = make_reader(*(make_card(f"c{n}", "Mail", "mail merge", tags=(f"t{n}",)) for n in range(6)))
    words = tuple(analyse_query("mail merge", ["en"]))
    tagged = one_of(("tag", "t2"), ("tag", "t4"))
    for question, numbers in (
        (Question(words, all_of=(tagged,)), [2, 4]),
        (Question(words, none_of=(tagged,)), [0, 1, 3, 5]),
        (Question(words, all_of=(tagged,), none_of=(one_of(("tag", "t2")),)), [4]),
    ):
        found = reader.candidates(question)
        assert sorted(hit.number for hit in found.items) == numbers
        assert found.total == len(numbers)


def test_own_language_comes_first() -> None:
    """Of two like cards the one in the query's language comes first."""
    reader = make_reader(make_card("en", "VPN token"), make_card("de", "VPN token", lang="de"))
    assert search(reader, "VPN token", ("en", "de"), lang="de") == ["de", "en"]
    assert search(reader, "VPN token", ("en", "de"), lang="en") == ["en", "de"]


def test_ties_are_in_document_order() -> None:
    """Equal scores come in the order of the documents, so that output is stable."""
    reader = make_reader(*(make_card(f"c{n}", "Mail") for n in range(20)))
    assert search(reader, "mail", limit=5) == ["c0", "c1", "c2", "c3", "c4"]


def test_parts_of_german_compounds_are_found() -> None:
    """A compound finds its head, and a word the compounds that hold it."""
    linie = make_card("linie", "Die Verteidigungslinie", lang="de")
    frist = make_card("frist", "Kündigungsfristen", lang="de")
    reader = make_reader(linie, frist, *(make_card(f"x{n}", "Anderes", lang="de") for n in range(5)))
    assert search(reader, "Verteidigung", ("de",)) == ["linie"]
    assert search(reader, "Kündigungsfristenregelung", ("de",))[:1] == ["frist"]


@pytest.mark.parametrize("query", ["zzz", "zzz qqq"])
def test_nothing_to_find_is_an_empty_ranking(query: str) -> None:
    """A query without known words finds nothing and does not fail, also in an empty base."""
    for reader in (make_reader(), make_reader(make_card("a", "Mail"))):
        found = ask(reader, analyse_query(query, ["en"]))
        assert (found.items, found.total) == ([], 0)


def test_limit_zero_counts_only() -> None:
    """With limit 0 there are no hits, but the total is right."""
    reader = make_reader(*(make_card(f"c{n}", "Mail") for n in range(4)))
    found = ask(reader, analyse_query("mail", ["en"]), limit=0)
    assert (found.items, found.total) == ([], 4)


@pytest.mark.parametrize("query", [*QUERIES, "mail the login"])
def test_contributions_add_up_to_the_score(query: str) -> None:
    """What an explanation lists adds up to the score it explains."""
    reader = make_reader(*make_random_cards(7, 60))
    words = analyse_query(query, ["en", "de"])
    for hit in ask(reader, words, lang="en").items:
        told = hit.explain(Question(tuple(words), "en"))
        assert sum(score for _, _, score in told) == pytest.approx(hit.score)
        assert told == sorted(told, key=lambda item: -item[2])


def test_explanation_names_words_and_fields() -> None:
    """An explanation says which word was found in which field."""
    reader = make_reader(make_card("a", "Mail", "merge"), make_card("b", "Other"))
    question = Question(tuple(analyse_query("mail merge", ["en"])))
    told = next(hit.explain(question) for hit in reader.candidates(question).items)
    assert {(word.text, field) for word, field, _ in told} == {("mail", "title"), ("merge", "body")}


def test_weighted_alternatives_count_less() -> None:
    """An alternative with a lower weight adds less than the word itself."""
    reader = make_reader(
        make_card("syn", "Custom letter"), make_card("own", "Merged letter"), make_card("x", "Y")
    )
    word = QueryWord("merge", (("merg", 1.0), ("custom", 0.5)))
    assert [hit.number for hit in ask(reader, [word]).items] == [1, 0]


def test_function_words_of_a_small_language_tell_nothing() -> None:
    """Where few cards are in the query's language, its function words do not beat a word of the subject."""
    english = [make_card(f"e{n}", f"Question {n}", "nothing of this") for n in range(40)]
    hindi = [make_card(f"h{n}", "खाता", "यह अब क्यों नहीं है", lang="hi") for n in range(3)]
    reader = make_reader(*english, *hindi, make_card("hook", "Deliveries", "Why a webhook is not sent."))
    words = analyse_query("webhook क्यों नहीं है", ["hi", "en"])
    names = [reader.record(hit.number).id for hit in ask(reader, words, lang="hi").items]
    assert names[0] == "hook"
