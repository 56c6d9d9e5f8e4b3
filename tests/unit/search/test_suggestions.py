"""What is offered, or answered at once, when a query is misspelled or too narrow."""

from collections.abc import Callable

import pytest

from kbcli.knowledge.search.query import Filter, parse_query
from kbcli.knowledge.search.spellings import count_slips
from kbcli.knowledge.search.suggestions import format_query

CARDS = {
    "en.md": "---\ntitle: Passwords and receipts\nlang: en\ntags: [api, billing]\nowner: api-team\nproduct: core\n---\n"
    "The password is reset here. A certificate is renewed. Custom mail merge letters. A receipt is printed.\n",
    "de.md": "---\ntitle: Rechnungen\nlang: de\n---\nDie Rechnung zeigt die Umsatzsteuer.\n",
    "it.md": "---\ntitle: Pagamenti\nlang: it\n---\nIl rimborso arriva in cinque giorni.\n",
    "ru.md": "---\ntitle: Платежи\nlang: ru\n---\nЗдесь можно вернуть деньги за подписку.\n",
    "el.md": "---\ntitle: Πληρωμές\nlang: el\n---\nΕπιστροφή χρημάτων εδώ.\n",
    "ar.md": "---\ntitle: المدفوعات\nlang: ar\n---\nاسترداد المبلغ هنا.\n",
    "hi.md": "---\ntitle: भुगतान\nlang: hi\n---\nयहाँ कंटेनर मिलता है। पुस्तकालय खुला है।\n",
    "ko.md": "---\ntitle: 결제\nlang: ko\n---\n여기서 쿠버네티스 설정을 합니다. 환불 됩니다.\n",
    "zh.md": "---\ntitle: 密码\nlang: zh\ntags: [退款]\n---\n在这里重置。\n",
}


@pytest.fixture
def base(make_base: Callable):
    """The base of CARDS."""
    return make_base(CARDS)


@pytest.mark.parametrize(
    ("typed", "meant", "card"),
    [
        ("pasword", "password", "en"),
        ("passwrod", "password", "en"),
        ("apssword", "password", "en"),
        ("assword", "password", "en"),
        ("bassword", "password", "en"),
        ("reciept", "receipt", "en"),
        ("reciepts", "receipts", "en"),
        ("certifcate", "certificate", "en"),
        ("mrege", "merge", "en"),
        ("custm", "Custom", "en"),
        # Without its first letters a word has another ending, as a plural in the genitive has.
        ("crtificates", "certificate", "en"),
        ("certifcate's", "certificate's", "en"),
        ("mailmerge", "mail merge", "en"),
        ("Rechnnug", "Rechnung", "de"),
        # In the language that the first word tells, the second is not searched otherwise.
        ("Rechnnug pasword", "Rechnung pasword", "de"),
        ("rimbroso", "rimborso", "it"),
        ("денгьи", "деньги", "ru"),
        ("χρηματιν", "χρημάτων", "el"),
        ("المبغل", "المبلغ", "ar"),
        ("कंटेनार", "कंटेनर", "hi"),
        # A syllable left out, another, and two that changed places.
        ("पुकालय", "पुस्तकालय", "hi"),
        ("पुझकालय", "पुस्तकालय", "hi"),
        ("पुकास्तलय", "पुस्तकालय", "hi"),
        ("환볼", "환불", "ko"),
    ],
)
def test_spelling_is_corrected_in_every_script(base, typed: str, meant: str, card: str) -> None:
    """A slip, also in the first letters, is put right with a word as a card spells it, and answered at once."""
    result = base.search(typed)
    assert result.corrected is not None
    assert result.corrected.casefold() == meant.casefold()
    assert result.hits[0].record.id == card


def test_a_word_among_known_ones_is_searched_by_its_spelling_too(base) -> None:
    """A misspelt word counts beside the others; what it is searched by is told as typed and as cards write it."""
    result = base.search("merge pasword")
    assert result.corrected == "merge password"
    assert result.spellings == (("pasword", ("password",)),)
    assert result.hits[0].record.id == "en"


def test_latin_words_are_corrected_among_cards_of_another_script(make_base) -> None:
    """Cards in Hindi or Korean hold Latin words too, whose slips are put right."""
    base = make_base({"kb.toml": 'lang = "hi"\n', "card.md": "# वेबहुक\nवेबहुक webhook भेजता है।\n"})
    assert base.search("webhok").spellings == (("webhok", ("webhook",)),)


def test_a_short_word_among_keywords_is_put_right_by_titles(make_base) -> None:
    """A few keywords find the title whose short word has any slip behind its first letter; a sentence, or a text, does not."""
    base = make_base({"style.md": "# House style\nText.\n", "page.md": "# A page\nOur paper is here.\n"})
    assert base.search("page snyle").spellings == (("snyle", ("style",)),)
    assert base.search("page pqper").spellings == ()
    assert base.search("where is the page snyle").spellings == ()
    assert base.search("page ttyle").spellings == ()


def test_a_word_that_the_base_has_is_never_replaced(make_base) -> None:
    """However much commoner its neighbour is, a word that one card has is searched for as it is."""
    files = {f"{number}.md": "# Requests\nEach request is counted.\n" for number in range(9)}
    base = make_base({**files, "odd.md": "# Odd\nThe reqest is misspelt here.\n"})
    assert base.find("reqest") == ["odd"]
    assert base.search("reqest").spellings == ()


def test_spellings_are_of_the_querys_language(make_base) -> None:
    """An English question is not searched by German words, but a word alone by those of any language."""
    base = make_base(
        {
            "en.md": "---\ntitle: Screens\nlang: en\n---\nThe guy is here.\n",
            "de.md": "---\ntitle: Schreie\nlang: de\n---\nSchreiend.\n",
        }
    )
    assert base.search("the guy is schreind").spellings == ()
    assert base.search("schreind").spellings == (("schreind", ("Schreiend",)),)


def test_a_long_word_tells_the_language_where_the_others_do_not(make_base) -> None:
    """A name that cards of several languages hold leaves the language open, and a misspelt word beside it tells it."""
    files = {
        "en.md": "---\ntitle: Server clients\nlang: en\n---\nA client asks a server.\n",
        "faq.md": "---\ntitle: Servers\nlang: en\n---\nA client has a server.\n",
        "de.md": "---\ntitle: Architektur von Client und Server\nlang: de\ntranslation_of: en\n---\nEin Client.\n",
    }
    base = make_base(files)
    found = base.search("client server architekur")
    assert (found.lang, found.hits[0].record.id) == ("de", "de")
    assert base.search("the client and server architekur").lang == "en"
    assert base.search("client server schnitt").lang == "en"


def test_a_word_that_was_cut_short_is_found(make_base) -> None:
    """A word that no card has and no word is spelled like is taken for the longer ones of titles that begin so."""
    base = make_base(
        {"app.md": "# Application forms\nFill them in.\n", "car.md": "# Cars\nAn applicant drives.\n"}
    )
    assert base.find("appl")[0] == "app"


@pytest.mark.parametrize("query", ["429418", "x7f3", "ERR_4711", "zzzzqqqq", "a1b2c3d4"])
def test_codes_are_never_corrected(base, query: str) -> None:
    """An unknown number, code or thing far from any word finds nothing rather than something else."""
    result = base.search(query)
    assert result.corrected is None
    assert result.hits == ()


def test_spellings_can_be_turned_off(base) -> None:
    """Exactly what was typed finds nothing but what has it."""
    result = base.search("pasword", exact=True)
    assert (result.hits, result.corrected, result.spellings, result.suggestions) == ((), None, (), ())


@pytest.mark.parametrize(
    "query", ["密玛", "密玛 密码", "退歇款", "パスワート", "รหสัผ่าน", "쿠버네티스 설정값"]
)
def test_nothing_is_made_of_pairs(base, query: str) -> None:
    """Pieces of scripts without an alphabet are never put together to words, nor a Korean compound taken apart."""
    result = base.search(query)
    assert result.spellings == ()
    assert result.suggestions == ()


@pytest.mark.parametrize(
    ("query", "answered"),
    [
        ('"password receipt"', "password receipt"),
        ('"password receipt" -"no such"', 'password receipt -"no such"'),
        ('"mail merge" "password receipt" -refund', 'password receipt "mail merge" -refund'),
        ('"mail merge" "Die Rechnung zeigt"', "mail merge Die Rechnung zeigt"),
        ('"password xylophone quux" receipt', "password xylophone quux receipt"),
    ],
)
def test_a_phrase_that_no_card_holds_is_answered_by_its_words(base, query: str, answered: str) -> None:
    """Words that a customer put in quotes find what they would find without, and the answer says so."""
    result = base.search(query)
    assert result.hits
    assert result.corrected == answered
    assert result.freed
    assert not base.search(query, exact=True).hits


def test_a_quotation_in_a_sentence_is_no_filter(make_base) -> None:
    """What a sentence quotes need not stand in a card, but a title that has it comes first."""
    base = make_base(
        {
            "words.md": "# Reset a password\nA reset of the password is shown when you pay.\n",
            "phrase.md": "# Reset the password reset\nAnother text.\n",
            "other.md": "# Paying\nWhy is it shown when I pay?\n",
        }
    )
    query = "why is “password reset” shown when I pay"
    assert set(base.find(query)) == {"words", "phrase", "other"}
    assert base.search(query).corrected is None
    assert base.find(query, exact=True) == ["phrase"]
    factors = {hit.record.id: dict(hit.explanation.factors) for hit in base.search(query, explain=True).hits}
    assert "phrase in title" in factors["phrase"]
    assert "phrase in title" not in factors["words"]


def test_a_correction_keeps_what_flags_asked_for(base) -> None:
    """A misspelt word is put right within the filters given as flags, not in all cards."""
    asked = parse_query("pasword")
    assert [hit.record.id for hit in base.search(asked).hits] == ["en"]
    assert base.search(asked._replace(filters=(Filter("lang", ("de",)),))).hits == ()
    assert base.search(asked._replace(filters=(Filter("tag", ("api",)),))).corrected == "password"


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("password tag:apis", "password tag:api"),
        ("password tag:bill", "password tag:billing"),
        ("password owner:api-taem", "password owner:api-team"),
        ("password lang:dee", "password lang:de"),
        ("password product:cor", "password product:core"),
        ("password state:unverifed", "password state:unverified"),
        ("password lang:ko", "password"),
    ],
)
def test_what_narrows_too_much_is_loosened(base, query: str, suggestion: str) -> None:
    """For an unknown filter value a known one like it is offered, else the query without what is too narrow."""
    result = base.search(query)
    assert result.hits == ()
    assert suggestion in result.suggestions


def test_a_filter_that_no_card_passes_is_named(base) -> None:
    """Only filters that no card passes are told, and none of a search that finds something."""
    assert base.search("password tag:apis lang:ko").warnings == ("no card has tag:apis",)
    assert base.search("zzqqxx tag:api").warnings == ()
    assert base.search("password -tag:nosuch").warnings == ()


def test_filters_and_case_survive_a_correction(base) -> None:
    """The rest of the query is kept as it was typed."""
    assert base.search('pasword tag:api -"credit card"').corrected == 'password tag:api -"credit card"'


def test_a_correction_that_filters_need_is_used(base) -> None:
    """When filters leave nothing for the words that are known, the corrected one is searched for."""
    assert base.search("Rechnung pasword lang:en").corrected == "Rechnung password lang:en"


def test_at_most_three_suggestions(base) -> None:
    """Few suggestions, none twice, none equal to the query."""
    result = base.search("password tag:apis lang:xx owner:apiteam")
    assert 0 < len(result.suggestions) <= 3
    assert len(set(result.suggestions)) == len(result.suggestions)


def test_there_are_no_suggestions_beside_hits(base) -> None:
    """Whoever found something is not asked what was meant."""
    assert base.search("password xylophone").suggestions == ()


def test_tickets_are_not_corrected(base) -> None:
    """A pasted text has no suggestions."""
    from kbcli.knowledge.search.query import make_ticket_query

    result = base.search(make_ticket_query("pasword reciept"))
    assert result.suggestions == ()
    assert result.corrected is None


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("abc", "xabc", 1),
        ("kitten", "sitting", 3),
        ("abcdef", "ghijkl", 4),
        ("환불", "환볼", 1),
        ("비밀번호", "비밀번허", 1),
        ("कंटेनर", "कंटेनार", 1),
        ("क्षमा", "शमा", 1),
        ("", "ab", 2),
    ],
)
def test_distances(first: str, second: str, distance: int) -> None:
    """A slip is a letter, a jamo, or a syllable of an Indic script; more than allowed is one more."""
    assert count_slips(first, second, 3) == distance
    assert count_slips(second, first, 3) == distance


@pytest.mark.parametrize(
    "text",
    [
        'a b "c d" tag:x,"y z" -e -"f g" -tag:q pre* -no* title:t C++ -1',
        "a:b 10:30",
        "lang:de,it owner:-",
        "“x y” „z“",
    ],
)
def test_a_query_can_be_written_again(text: str) -> None:
    """What a query is formatted as means the same."""
    query = parse_query(text)
    again = parse_query(format_query(query))
    assert format_query(again) == format_query(query)
    assert (again.words, again.filters, again.phrases) == (query.words, query.filters, query.phrases)
