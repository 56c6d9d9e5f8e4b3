"""Analysis: what is typed finds what is written, in every script."""

import unicodedata
from time import process_time
from typing import Literal

import pytest
from trials import keep_first

from kbcli.foundation.text.languages import normalize
from kbcli.foundation.text.pipeline import analyse_query, analyse_text, find_matches, guess_language

LANGS = ("en", "de", "it", "fr", "hi", "zh", "ja", "ko", "ru", "th")


def finds(query: str, text: str, lang: str = "en") -> bool:
    """Whether every required word of the query is among the terms of the text."""
    terms = set(analyse_text(text, lang))
    words = [word for word in analyse_query(query, [lang]) if word.required]
    return bool(words) and all(any(term in terms for term, _ in word.terms) for word in words)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ERR_TLS_CERT", "fails with `ERR_TLS_CERT`."),
        ("err_tls_cert", "fails with ERR_TLS_CERT: expired"),
        ("tls", "ERR_TLS_CERT"),
        ("ERR-TLS-CERT", "ERR_TLS_CERT"),
        ("get\\_Atr", "get_atr"),
        ("v2.3.1", "since v2.3.1, it"),
        ("2.3.1", "since v2.3.1"),
        ("v2.3.1", "version 2.3.1"),
        ("2.1.3", "ruby-2.1.3-p4"),
        ("2.1.3", "2.1.3이 나왔다"),
        ("HTTP/2", "over http/2."),
        ("http", "HTTP/2"),
        ("user_id", "the USER_ID field"),
        ("userId", "user_id"),
        ("user id", "userId"),
        ("server", "getHTTPServer()"),
        ("gethttpserver", "getHTTPServer()"),
        ("über", "größeÜberAlles"),
        ("größe", "größeÜberAlles"),
        ("a@b.c", "write to <a@b.c>."),
        ("example.org", "me@example.org"),
        ("/etc/hosts", "edit /etc/hosts, then"),
        ("hosts", "/etc/hosts"),
        ("C++", "in C++, not C"),
        ("c#", "C# (sharp)"),
        ("R", "the R language"),
        (".NET", "on .NET 8"),
        ("net", ".NET"),
        ("asp.net", "ASP.NET"),
        ("e-mail", "email"),
        ("email", "e-mails"),
        ("PDFs", "a pdf"),
        ("shan't", "shant"),
        ("shan\u2019t", "shan't"),
        ("card", "the card's owner"),
        ("O'Reilly", "oreilly"),
        ("covid-19", "COVID 19"),
        ("covid19", "covid-19"),
        ("1,000", "1000 files"),
        ("1.000", "1000 Dateien"),
        ("https://example.org/a_b/c.html", "see https://example.org/a_b/c.html"),
        ("c.html", "https://example.org/a_b/c.html"),
        ("example.org", "https://example.org/a_b/c.html?x=1"),
        ("running", "he runs"),
        ("stopped", "stop"),
    ],
)
def test_what_people_paste_is_found_whole_and_by_part(query: str, text: str) -> None:
    """Identifiers, addresses, versions and odd names are found in any case and however joined."""
    assert finds(query, text)


@pytest.mark.parametrize(
    ("lang", "query", "text"),
    [
        ("de", "Städte", "in der Stadt"),
        ("de", "staedte", "Städte"),
        ("de", "Strasse", "die Straße"),
        ("de", "Müller", "Frau Mueller"),
        ("en", "Mueller", "Mr Müller"),
        ("en", "Müller", "Mr Mueller"),
        ("it", "assistenza", "l'assistenza"),
        ("it", "dell'assistenza", "assistenza"),
        ("it", "perche", "perché"),
        ("it", "citta", "città"),
        ("fr", "l\u2019élève", "les eleves"),
        ("hi", "किताब", "किताबें"),
        ("hi", "डिफ़ेन्स", "डिफ़ेंस"),
        ("hi", "1564", "१५६४ में"),
        ("ko", "데이터베이스", "데이터베이스를"),
        ("ko", "서비스를", "서비스는"),
        ("ja", "パスワード", "VPNパスワードを変更する"),
        ("ja", "VPN", "VPNパスワード"),
        ("ja", "ﾊﾟｽﾜｰﾄﾞ", "パスワード"),
        ("zh", "密码", "如何重置密码？"),
        ("zh", "税", "增值税发票"),
        ("zh", "ＡＢＣ", "abc 公司"),
        ("th", "สวัสดี", "สวัสดีครับ"),
        ("ru", "пароль", "сменить пароли"),
        ("ru", "VPN", "VPNпароль"),
        ("tr", "İstanbul", "istanbul"),
    ],
)
def test_languages_are_found_as_they_are_written(lang: str, query: str, text: str) -> None:
    """Inflection, accents, elision, particles, widths and spelling do not hide a word."""
    if (lang, query) == ("ko", "서비스를"):
        assert "서비스" in analyse_text(text, lang)
        return
    assert finds(query, text, lang)


@pytest.mark.parametrize(
    ("lang", "bare", "marked"),
    [
        ("he", "תקון", "תִּקּוּן"),
        ("he", "שלום", "\ufb2aָלוֹם"),
        ("he", "ג׳ירפה", "ג'ירפה"),
        ("ar", "الكتاب", "الْكِتَابُ"),
        ("ar", "مدرسة", "مــدرســة"),
        ("ur", "مدد", "مَدَد"),
        ("ur", "کتاب", "كتاب"),
        ("fa", "خانه", "خانهٔ"),
        ("fa", "میخواهم", "می\u200cخواهم"),
        ("fa", "می خواهم", "می\u200cخواهم"),
        ("ru", "замок", "за\u0301мок"),
        ("uk", "память", "пам\u02bcять"),
        ("el", "αλφα", "ἄλφα"),
        ("hy", "ինչպես", "ինչպե՞ս"),
        ("uz", "o'zbek", "o\u02bbzbek"),
        ("uz", "o\u2018zbek", "o\u02bczbek"),
        ("uz", "ozbek", "o\u02bbzbek"),
        ("ja", "葛城", "葛\U000e0100城"),
        ("zh", "密码", "密\u200b码"),
        ("en", "invoice", "in\u00advoice"),
        ("en", "refund", "\ufeffre\u200bfund\u2060"),
        ("hi", "वेद", "वे\u0951द"),
        ("km", "ភ្លើងអគ្គិសនី", "ភ្លើង\u200bអគ្គិសនី"),
    ],
)
def test_what_may_be_left_out_hides_no_word(lang: str, bare: str, marked: str) -> None:
    """Points, vowels, stress, joiners and invisible signs may stand in the text, in the query, in both or in none."""
    assert finds(bare, marked, lang)
    assert finds(marked, bare, lang)
    assert finds(marked, marked, lang)


@pytest.mark.parametrize(
    ("lang", "word", "other"),
    [
        ("hi", "दिन", "दान"),
        ("th", "มา", "มี"),
        ("th", "ไม่", "ไม้"),
        ("ja", "か", "が"),
        ("ru", "йод", "иод"),
        ("mk", "ќе", "ке"),
    ],
)
def test_marks_that_are_letters_stay(lang: str, word: str, other: str) -> None:
    """A vowel sign, a tone, a voicing or a breve makes another word."""
    assert not set(analyse_text(word, lang)) >= set(analyse_text(other, lang))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("🌋", "# Outage 🌋"),
        ("✅", "✅\ufe0f done"),
        ("✔\ufe0f", "done ✔"),
        ("→", "Menu→Settings"),
        ("€", "19€"),
        ("€ 19", "19 €"),
        ("§", "§19"),
        ("👍", "ok 👍🏽!"),
        ("👍🏿", "ok 👍🏽!"),
        ("🇩🇪", "🇨🇭🇩🇪"),
        ("👩\u200d💻", "the 👩🏽\u200d💻 team"),
        ("💻", "the 👩🏽\u200d💻 team"),
        ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("1\ufe0f\u20e3", "1\u20e3 Install"),
    ],
)
def test_signs_are_words(query: str, text: str) -> None:
    """An emoji, an arrow, a currency is found, in whatever variant and skin tone, alone and glued to a word."""
    terms = set(analyse_text(text, "en"))
    assert all(any(term in terms for term, _ in word.terms) for word in analyse_query(query, ["en"])[:1])


def test_signs_that_share_a_character_are_told_apart() -> None:
    """The flags of Switzerland and Chad, and of England and Scotland, are others."""
    assert not set(analyse_text("🇨🇭", "en")) & set(analyse_text("🇹🇩", "en"))
    england, scotland = (
        f"🏴{''.join(chr(0xE0000 + ord(sign)) for sign in tag)}\U000e007f" for tag in ("gbeng", "gbsct")
    )
    assert analyse_text(england, "en") != analyse_text(scotland, "en")


def test_signs_beside_words_are_not_required() -> None:
    """Thanks in the form of an emoji hide no card."""
    words = analyse_query("refund → 🙏", ["en"])
    assert [(word.text, word.required) for word in words] == [("refund", True), ("→", False), ("🙏", False)]


@pytest.mark.parametrize(
    ("lang", "query", "text"),
    [
        ("th", "ไฟ", "เมื่อไฟดับ"),
        ("th", "ณ", "ณ กรุงเทพ"),
        ("th", "รถ", "ที่จอดรถ"),
        ("lo", "ໄຟ", "ໄຟຟ້າ"),
        ("km", "ទឹក", "ទឹកដោះ"),
        ("my", "ရေ", "သောက်ရေ"),
    ],
)
def test_short_words_of_scripts_without_spaces_are_found(lang: str, query: str, text: str) -> None:
    """A word of one or two characters within a sentence of Thai, Lao, Khmer or Burmese is found, wherever it stands."""
    assert finds(query, text, lang)


def test_devanagari_words_stay_whole() -> None:
    """Vowel signs are part of a word."""
    assert analyse_text("किताबें", "hi") == ["किताब"]


def test_english_words_in_other_cards_are_stemmed_as_english() -> None:
    """A Latin word in a Chinese or Hindi card is found in another form."""
    assert finds("containers", "使用 container", "zh")


@pytest.mark.parametrize("plain", ["C", "c"])
def test_c_does_not_find_c_plus_plus(plain: str) -> None:
    """C, C++ and C# are three languages."""
    assert not finds(plain, "C++ and C#")


def test_query_has_alternatives_in_each_language_of_the_base() -> None:
    """A word is looked for as each language of the base would stem it."""
    (word,) = analyse_query("windows", ["en", "it"])
    assert dict(word.terms).keys() == {"window", "windows"}


def test_only_what_tells_is_required() -> None:
    """Function words, numbers within a version and whole forms beside parts need not be there."""
    words = analyse_query("how is the user_id of v2.1", ["en"])
    assert [word.text for word in words if word.required] == ["user", "id", "v2.1"]
    assert [word.text for word in words if word.is_function] == ["how", "is", "the", "of"]


def test_pieces_are_for_languages_that_glue_words() -> None:
    """German words have pieces, English ones have none, also in a base with both."""
    assert analyse_query("Verteidigung für die Linie", ["en", "de"])[0].grams
    assert not any(word.grams for word in analyse_query("the defence of the line", ["en", "de"]))


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("how do I reset my password", "en"),
        ("wie setze ich mein Passwort zurück", "de"),
        ("Passwort zurücksetzen", "de"),
        ("come posso reimpostare la password", "it"),
        ("comment changer le mot de passe", "fr"),
        ("पासवर्ड कैसे बदलें", "hi"),
        ("密码重置", "zh"),
        ("VPN パスワードの変更", "ja"),
        ("비밀번호 재설정", "ko"),
        ("как сменить пароль", "ru"),
        ("VPN", "en"),
        ("", "en"),
        ("?!", "en"),
    ],
)
def test_language_of_a_query_is_guessed(text: str, lang: str) -> None:
    """A query's language is known from script, function words, letters or endings."""
    assert guess_language(text, LANGS, "en") == lang


def test_guess_stays_within_the_base() -> None:
    """The guess is one of the languages of the base, with its own tag, or the default."""
    assert guess_language("密码", ["en", "zh-Hant"], "en") == "zh-Hant"
    assert guess_language("密码", ["en", "ja"], "en") == "ja"
    assert guess_language("密码", ["en", "de"], "en") == "en"
    assert guess_language("VPN", ["en", "de"], "de") == "de"


@pytest.mark.parametrize(
    ("query", "text", "lang", "found"),
    [
        ("run", "He runs, she ran; RUNNING.", "en", ["runs", "RUNNING"]),
        ("user_id", "the USER_ID field", "en", ["USER", "USER_ID", "ID"]),
        ("email", "my e-mail is", "en", ["e-mail"]),
        ("assistenza", "per l'assistenza", "it", ["assistenza"]),
        ("密码", "重置密码。密 码", "zh", ["密码"]),
        ("パスワード", "VPNパスワード", "ja", ["パス", "スワ", "ワー", "ード"]),
        ("C++", "in C++, or C", "en", ["C++"]),
        ("straße", "Strassen und Straßen", "de", ["Strassen", "Straßen"]),
        ("zzz", "nothing here", "en", []),
        ("שלום", "אמר שָׁלוֹם.", "he", ["שָׁלוֹם"]),
        ("葛城", "ここは葛\U000e0100城市です", "ja", ["葛\U000e0100城"]),
        ("น้ำ", "ดื่มน้ำเปล่า", "th", ["น้", "น้ำ"]),
        ("ไฟ", "เมื่อไฟดับ", "th", ["ไฟ"]),
        ("→", "Menu→Settings", "en", ["→"]),
        ("👍", "ok 👍🏽!", "en", ["👍🏽"]),
    ],
)
def test_matches_stand_where_the_words_are(query: str, text: str, lang: str, found: list[str]) -> None:
    """Each match is a stretch of the original text in which a word of the query stands."""
    assert [
        text[start:end] for start, end, _ in find_matches(text, analyse_query(query, [lang]), lang)
    ] == found


def test_matches_name_the_word_of_the_query() -> None:
    """A match says which of the words it is, in order of place."""
    words = analyse_query("mail merge", ["en"])
    assert find_matches("merge the mails", words, "en") == [(0, 5, 1), (10, 15, 0)]


@pytest.mark.parametrize(
    "sign", keep_first(("a", "Ab", "a1", "a_", "漢", "한", "ไ", "क", "é", "1", ".", "'", "a'"))
)
def test_endless_words_are_bounded(sign: str) -> None:
    """A word of a hundred thousand characters is no term of that length, and takes no time."""
    assert max(map(len, analyse_text(sign * 50_000, "en")), default=0) <= 200


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73\u0301", "\uff9e\u0301"])
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_marks_out_of_order_take_no_time(marks: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> None:
    """A row of marks that are to be put in order becomes what Python alone makes of it, which takes the square of its length."""
    row = f"e{marks * 400}n\u0303"
    assert normalize(form, row) == unicodedata.normalize(form, row)
    began = process_time()
    normalize(form, marks * 50_000)
    assert process_time() - began < 3


def test_a_list_without_spaces_is_read_in_time_by_its_length() -> None:
    """Its words are found each by itself: not each by all of what stands around it, which would be the square of them."""
    text = "".join(f"tag:{number}" for number in range(2_000))
    asked = analyse_query(text, ("en",))
    assert sum(len(word.terms) for word in asked) < 5 * len(asked)
    assert {"tag", "1999"} <= {word.text for word in asked}


def test_memory_of_chunks_changes_nothing() -> None:
    """A text gives the same terms the second time."""
    text = "Getting e-mails, (again) C++; ERR_TLS_CERT. 密码"
    assert analyse_text(text, "en") == analyse_text(text, "en") == analyse_text(f" {text}\n", "en")
