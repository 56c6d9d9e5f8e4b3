"""What a person means by a word that is not to be written."""

import pytest

from kbcli.foundation.text.phrases import PhraseFinder


@pytest.mark.parametrize(
    ("lang", "phrase", "text", "found"),
    [
        ("en", "utilize", "Utilizing utilities, utilized utilizes", ["Utilizing", "utilized", "utilizes"]),
        ("en", "kind", "Kindly, kinds of kindness", ["kinds"]),
        ("en", "kindly", "Kind regards, **kindly** reply", ["kindly"]),
        ("en", "use", "useful used by a user using use", ["used", "using", "use"]),
        ("en", "client", "client's clients client_id clientId client.com", ["client's", "clients"]),
        ("en", "please be advised", "Please be\nadvised; please. Be advised", ["Please be\nadvised"]),
        ("en", "please be", "please\n\nbe", []),
        ("en", "log in", "logged in, log-in, logs in", ["logged in", "logs in"]),
        ("en", "log-in", "log in, Log-in", ["Log-in"]),
        ("en", "e.g.", "e.g. this, e g", ["e.g"]),
        ("en", "Github", "GitHub, Github", ["Github"]),
        ("en", "don't hesitate", "don’t hesitate", ["don’t hesitate"]),
        ("en", "...", "... and so on", []),
        ("de", "leider", "Es tut mir leid, leider", ["leider"]),
        ("de", "Kunde", "dem Kunden ein Kundenkonto", ["Kunden"]),
        ("it", "gentile", "gentilmente gentili", ["gentili"]),
        ("fr", "assistance", "l'assistance", ["assistance"]),
        ("ru", "ошибка", "две ошибки", ["ошибки"]),
        ("hi", "ग्राहक", "ग्राहकों के लिए", ["ग्राहकों"]),
        ("ko", "고객", "고객에게는 고객센터 고객은", ["고객에게는", "고객은"]),
        ("ko", "죄송합니다", "죄송하지만 죄송", ["죄송하지만"]),
        ("zh", "带来的不便", "给您带来\n的不便", ["带来\n的不便"]),
        ("zh", "VPN", "请打开VPN连接", ["VPN"]),
        ("th", "ขอโทษ", "เราขอโทษครับ", ["ขอโทษ"]),
    ],
)
def test_a_phrase_is_found_as_whole_words_in_its_forms(
    lang: str, phrase: str, text: str, found: list[str]
) -> None:
    """Forms of a word are found; words made of it, parts of other words and of names, and other phrases are not."""
    matches = PhraseFinder([phrase], lang).find(text)
    assert [text[match.start : match.stop] for match in matches] == found


def test_of_phrases_within_one_another_the_longest_is_found() -> None:
    """Who avoids `inconvenience` and `any inconvenience` is told once."""
    matches = PhraseFinder(["inconvenience", "any inconvenience", "any"], "en").find("for any inconvenience")
    assert [match.phrase for match in matches] == [1]
