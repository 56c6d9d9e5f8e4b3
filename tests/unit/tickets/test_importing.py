"""Promises of the import that concern no file: which language a ticket is in."""

import pytest

from kbcli.support.tickets.importing import tell_language


@pytest.mark.parametrize(
    ("text", "said", "found"),
    [
        ("Comment récupérer le texte de mon mail qui s'est effacé", "en-US", "fr"),
        ("Ich habe mein Passwort vergessen, was kann ich tun?", "", "de"),
        ("How do I set that images in the mail always show?", "nl", "en"),
        ("How do I reset my password?", "en-US", "en-US"),
        ("Thunderbird 128 IMAP", "it", "it"),
        ("429", "", "ko"),
        ("Не работает поиск по меткам", "en", "ru"),
        ("Egy másik felhasználó nem tud levelet küldeni", "hu", "hu"),
    ],
)
def test_a_ticket_is_in_the_language_of_its_words(text: str, said: str, found: str) -> None:
    """Words tell more than the form they were typed into, and the form more than nothing; what kb cannot read stays as it is said."""
    assert tell_language(text, said, "ko") == found
