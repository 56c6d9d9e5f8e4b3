"""What customers type in haste, and what cards call it."""

from collections.abc import Callable

import pytest

from kbcli.knowledge.search.customers_words import LANGUAGES, read_list
from kbcli.knowledge.search.ticket_text import read_ticket

CARDS = {
    "cancel.md": "---\ntitle: Cancel a subscription\n---\nOpen the plan.\n",
    "seats.md": "---\ntitle: How seats are counted\n---\nAll people who may sign in.\n",
    "plan.md": "---\ntitle: Plans\n---\nWho wants to quit may stay.\n",
    "de.md": "---\ntitle: Neues Gerät anmelden\nlang: de\n---\nMit dem alten.\n",
}


@pytest.mark.parametrize(
    ("query", "first"), [("ppl", "seats"), ("quit plan", "plan"), ("wie das Handy", "de")]
)
def test_a_customers_word_finds_what_cards_call_it(make_base: Callable, query: str, first: str) -> None:
    """Cards with what is meant are found, in the query's language, and the typed word still counts most."""
    assert make_base(CARDS).find(query, exact=True)[0] == first
    off = {**CARDS, "kb.toml": "[search]\ncustomers_words = false\n"}
    assert "cancel" in make_base(CARDS).find("quit", exact=True)
    assert "cancel" not in make_base(off).find("quit", exact=True)


def test_it_goes_one_way(make_base: Callable) -> None:
    """Who types what cards say does not find what customers say."""
    assert make_base(CARDS).find("cancel", exact=True) == ["cancel"]


def test_a_word_of_a_heading_keeps_its_meaning(make_base: Callable) -> None:
    """Where a title holds the word it means what it says, and nothing is put beside it."""
    base = make_base({**CARDS, "quit.md": "# Quit smoking\n"})
    assert set(base.find("quit", exact=True)) == {"quit", "plan"}


def test_what_was_used_is_told(make_base: Callable) -> None:
    """The explanation names the typed word and what it was taken for."""
    hit = make_base(CARDS).search("ppl", explain=True).hits[0]
    assert ("ppl", "people") in [tuple(use) for use in hit.explanation.synonyms]


TOPICS = {
    "cancel.md": "---\ntitle: Cancel a subscription\nlang: en\n---\nOpen the plan.\n",
    "slow.md": "---\ntitle: The app is slow\nlang: en\n---\nAsk since when.\n",
    "reset.md": "---\ntitle: Password reset\nlang: en\n---\nBy mail.\n",
    "mail.md": "---\ntitle: Our mail does not arrive\nlang: en\n---\nLook at the logs.\n",
}
CARDS_OF_OTHERS = {
    "de.md": "---\ntitle: Regeln für Erstattungen\nlang: de\n---\nWer kündigen will, fragt.\n",
    "it.md": "---\ntitle: Regole per i rimborsi\nlang: it\n---\nIl cliente scrive.\n",
    "ko.md": "---\ntitle: 환불 정책\nlang: ko\n---\n고객이 묻습니다.\n",
    "zh.md": "---\ntitle: 退款政策\nlang: zh\n---\n客户来信。\n",
}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("disdire abbonamento", "cancel"),
        ("sito lento", "slow"),
        ("résilier mon abonnement", "cancel"),
        ("mot de passe oublié", "reset"),
        ("cancelar suscripción", "cancel"),
        ("구독 해지하고 싶어요", "cancel"),
        ("网站好卡", "slow"),
        ("सब्सक्रिप्शन रद्द", "cancel"),
        ("パスワード忘れた", "reset"),
        ("abo stornieren", "cancel"),
        ("abo kuendigen", "cancel"),
    ],
)
def test_a_topic_with_a_card_in_english_alone_is_found_from_any_list(
    make_base: Callable, query: str, first: str
) -> None:
    """Customers' words of nine languages find the English card where theirs has none, and nothing of it without English cards."""
    assert make_base({**TOPICS, **CARDS_OF_OTHERS}).find(query, exact=True)[0] == first


def test_words_of_the_base_are_not_taken_for_another_language(make_base: Callable) -> None:
    """A word that a card has means nothing in the list of a language that is not the query's."""
    base = make_base({**TOPICS, "baja.md": "---\ntitle: Offices\n---\nOne is in Baja.\n"})
    assert base.find("baja", exact=True) == ["baja"]
    assert make_base(TOPICS).find("baja", exact=True) == ["cancel"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_lists_are_well_formed(lang: str) -> None:
    """Every wording is in lower case, of few words, and means something else; nothing is left empty."""
    found = read_list(lang)
    assert len(found) > 80
    for wording, (own, english) in found.items():
        assert wording == wording.casefold().strip(), wording
        assert 0 < len(wording.split()) <= 4, wording
        assert own or english, wording
        assert (lang == "en") <= (not english), wording
        assert all(other and ":" not in other for other in (*own, *english)), wording


RESET = {
    "reset.md": "---\ntitle: Password reset\nlang: en\n---\nThe link comes by mail.\n",
    "it.md": "---\ntitle: Il link per la password non arriva\nlang: it\ntranslation_of: reset\n---\nIl cliente aspetta.\n",
    "zh.md": "---\ntitle: CSV 文字乱码\nlang: zh\ntranslation_of: garbled\n---\n重新导出。\n",
    "garbled.md": "---\ntitle: Garbled characters in a CSV file\nlang: en\n---\nSave it again.\n",
}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("¿por qué no me llega el link de la password?", "reset"),
        ("je ne reçois pas le link pour la password", "reset"),
        ("perché non arriva il link della password?", "it"),
        ("csv 文字化け", "garbled"),
        ("csv 文字乱码", "zh"),
    ],
)
def test_who_asks_in_a_language_without_cards_gets_the_card_in_that_of_the_base(
    make_base: Callable, query: str, first: str
) -> None:
    """A Spanish question is not answered by the Italian translation of an English card, nor a Japanese one by the Chinese."""
    assert make_base(RESET).find(query)[0] == first


def test_a_mail_in_a_language_without_cards_is_read_by_its_list(make_base: Callable) -> None:
    """What a Spanish or Japanese mail means is looked for in English cards; none of its words stands in them."""
    base = make_base({**TOPICS, **CARDS_OF_OTHERS})
    for mail in (
        "Hola:\n\nya no vamos a usar el servicio y quiero darme de baja.\n\nUn saludo\n",
        "お世話になっております。\n来月で解約したいのですが、どうすればよいでしょうか。\n",
    ):
        assert base.find(read_ticket(mail))[0] == "cancel"


def test_the_ending_of_a_word_alone_does_not_tell_its_language(make_base: Callable) -> None:
    """“container” ends like French; the cards that hold it are in English, and nobody is told of French ones."""
    files = {
        "fr.md": "---\ntitle: Ouvrir un compte\nlang: fr\n---\nAvec votre mail.\n",
        "en.md": "---\ntitle: Container controls\nlang: en\n---\nA container has a size.\n",
    }
    found = make_base(files).search("container")
    assert (found.lang, found.warnings) == ("en", ())


@pytest.mark.parametrize(
    ("query", "lang"), [("csv accenti", "it"), ("luanma csv", "zh"), ("csv dobara", "en")]
)
def test_a_customers_word_tells_the_language_that_cards_do_not(
    make_base: Callable, query: str, lang: str
) -> None:
    """A word that no card has and one list has shows the translation in its language, if it has a word for it there."""
    garbled = {
        "en.md": "---\ntitle: Strange characters in a CSV\nlang: en\n---\nSave it as UTF-8.\n",
        "it.md": "---\ntitle: Caratteri strani in un CSV\nlang: it\ntranslation_of: en\n---\nSalva.\n",
        "zh.md": "---\ntitle: CSV 乱码\nlang: zh\ntranslation_of: en\n---\n保存。\n",
    }
    found = make_base(garbled).search(query)
    assert (found.lang, found.hits[0].record.id) == (lang, lang)


def test_what_is_meant_by_all_of_a_query_is_its_title(make_base: Callable) -> None:
    """Who types one wording of a list finds the card that is called so before those that only speak of it."""
    base = make_base(
        {
            "policy.md": "---\ntitle: Rules\naliases: [refund]\n---\nA refund in thirty days.\n",
            "cases.md": "---\ntitle: Refund cases\naliases: [partial refund]\n---\nA refund, and a refund.\n",
        }
    )
    assert base.find("moneyback")[0] == "policy"
    assert base.find("moneyback cases")[0] == "cases"


@pytest.mark.parametrize("query", ["paisa wapas", "tuikuan", "henkin", "hwanbul"])
def test_other_scripts_may_be_typed_in_latin_letters(make_base: Callable, query: str) -> None:
    """Romanised Hindi, Chinese, Japanese and Korean find English cards; what a card has means what it says."""
    base = make_base({"refund.md": "---\ntitle: Refunds\n---\nMoney back.\n", "kb.toml": 'lang = "en"\n'})
    assert base.find(query, exact=True) == ["refund"]


def test_a_misspelt_wording_means_the_same(make_base: Callable) -> None:
    """A long word that no card has is taken for the wording one slip away, not a short one, and not when asked exactly."""
    base = make_base(TOPICS)
    assert base.find("quiting terminte") == ["cancel"]
    assert base.find("terminte", exact=True) == []
    assert base.find("Abonnementkuendigung") == ["cancel"]
    assert base.find("Abonnementkuendigung", exact=True) == []
    assert base.find("sluggsh")[:1] == ["slow"]
    assert base.find("quti") == []


@pytest.mark.parametrize("text", ["# Spreadsheets\nText.\n", "# Tables\nOf spreadsheets.\n"])
def test_a_misspelt_wording_that_cards_have_finds_them(make_base: Callable, text: str) -> None:
    """A wording with a slip finds the card that has it spelled right, not only those that have what it may mean."""
    base = make_base({"own.md": text, "meant.md": "# Excel\nText.\n"})
    assert "own" in base.find("speradsheets")
    assert base.find("speradsheets") == base.find("spreadsheets")
