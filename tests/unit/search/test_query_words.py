"""Which words of a long text are searched for, and how much each weighs."""

from itertools import product

import pytest
from memoryindex import MemoryIndex

from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.port import Question
from kbcli.knowledge.search.query_words import add_words, select_telling_words, thin_text

NAMES = ["".join(letters) for letters in product("bdgk", "aou", "lmr", "aou", "nst")]


def make_reader(*bodies: str, lang: str = "en") -> MemoryIndex:
    """An index in memory of cards without headings."""
    return MemoryIndex(
        make_document(Card(id=f"c{number}", path=f"c{number}.md", title="", lang=lang, body=body), 0)
        for number, body in enumerate(bodies)
    )


def make_words(*texts: str) -> list[QueryWord]:
    """English words as typed."""
    return analyse_query(" ".join(texts), ["en"])


def test_a_text_of_few_different_words_is_left_as_it_is() -> None:
    """Up to the limit, every word of a ticket is considered, as it was written."""
    text = "the  export\nfails, the export fails"
    assert thin_text(text, limit=4) == text


def test_a_long_text_keeps_its_beginning_and_what_it_repeats() -> None:
    """Of a ticket that is mostly a log, the question in front and the words said again are kept."""
    log = " ".join(f"line{number}" for number in range(2000))
    kept = thin_text(f"why does the export fail {log} deadlock {log} deadlock deadlock", limit=30).split()
    assert kept[:5] == ["why", "does", "the", "export", "fail"]
    assert kept.count("deadlock") == 3
    assert len(set(kept)) == 30


def test_words_known_by_their_pieces_are_kept() -> None:
    """A German compound that no card holds finds by its pieces in a long text as in a short one."""
    reader = make_reader("Kündigungsfrist", *("Rechnung" for _ in range(30)), lang="de")
    text = "Kündigungsfristenregelung " + " ".join(NAMES[:60])
    chosen = select_telling_words(reader, analyse_query(text, ["de"]))
    assert [word.text for word in chosen] == ["Kündigungsfristenregelung"]


def test_what_is_said_first_weighs_more() -> None:
    """Each further word weighs less, half as much behind 320 others; a repeated one as much as at first."""
    reader = make_reader(" ".join(NAMES))
    text = [*NAMES[:90], NAMES[0]]
    weights = [word.weight for word in select_telling_words(reader, make_words(*text))]
    assert weights[0] == weights[-1] == 1
    assert weights[:-1] == sorted(set(weights), reverse=True)
    assert weights[64] == pytest.approx(5 / 6)


def test_of_equally_rare_words_the_first_are_chosen() -> None:
    """A long text that says nothing twice is searched by its beginning."""
    reader = make_reader(" ".join(NAMES))
    chosen = select_telling_words(reader, make_words(*NAMES[:90]), 30)
    assert [word.text for word in chosen] == NAMES[:30]


def test_endless_repetition_counts_no_more() -> None:
    """A word that stands in every line of a form weighs as one that is said four times."""
    reader = make_reader(" ".join(NAMES))
    chosen = select_telling_words(reader, make_words(*NAMES[:40], *[NAMES[0]] * 90))
    assert [word.text for word in chosen].count(NAMES[0]) == 4


def test_log_words_count_once_and_less_the_more_there_are() -> None:
    """Of a log each word that the text itself does not hold is added once; 60 in full, and more of them no more together."""
    own, few, many = make_words(*NAMES[:5]), make_words(*NAMES[:65] * 3), make_words(*NAMES[:95])
    added = add_words(own, few, 1.0)
    assert [word.text for word in added] == NAMES[:65]
    assert {word.weight for word in added} == {1}
    added = add_words(own, many, 1.0)
    assert {word.weight for word in added[:5]} == {1}
    assert [word.weight for word in added[5:]] == pytest.approx([60 / 90] * 90)
    assert add_words(own, own, 1.0) == own


def test_words_beside_a_question_count_less() -> None:
    """A word of an earlier message weighs its share, and one that the question says itself its full weight."""
    added = add_words(make_words(*NAMES[:2]), make_words(*NAMES[1:3]), 0.3)
    assert [(word.text, word.weight) for word in added] == [(NAMES[0], 1), (NAMES[1], 1), (NAMES[2], 0.3)]


def make_titled(*cards: tuple[str, str]) -> MemoryIndex:
    """An index of cards with these titles and bodies."""
    return MemoryIndex(
        make_document(Card(id=f"c{number}", path=f"c{number}.md", title=title, lang="en", body=body), 0)
        for number, (title, body) in enumerate(cards)
    )


def test_long_text_is_searched_by_its_telling_words() -> None:
    """Of a long text the words that few cards hold are kept, in order, and unknown ones dropped."""
    index = make_titled(
        *[("Note", "hello thanks please regards")] * 20, ("VPN", "tunnel certificate expired")
    )
    text = "hello please the certificate of my tunnel is zzz expired thanks regards " * 3
    chosen = select_telling_words(index, make_words(text), 3)
    assert [word.text for word in chosen] == ["certificate", "tunnel", "expired"] * 3
    assert index.candidates(Question(tuple(chosen))).items[0].number == 20


def test_a_ticket_is_found_by_a_word_of_the_title_alone() -> None:
    """Words that stand in titles only count in a long text too."""
    index = make_titled(("Kerberos", "log in"), *[("Note", "job")] * 20)
    text = "kerberos " + " ".join(f"word{number}" for number in range(60)) + " job"
    assert [word.text for word in select_telling_words(index, make_words(text))] == ["kerberos", "job"]


def test_short_text_keeps_all_words() -> None:
    """A text of few words is left as it is, function words and unknown ones included."""
    words = make_words("how is the mail zzz")
    assert select_telling_words(make_titled(("Mail", "")), words) == words
