"""Names that were typed in another script than that of the cards."""

from collections.abc import Callable

import pytest

from kbcli.foundation.text.sounds import sound_out

CARDS = {
    "container.md": "# Container image\nWhat runs.\n",
    "password.md": "# Password reset\nBy mail.\n",
    "plan.md": "---\ntitle: Plans\naliases: [sandbox]\n---\nEach plan has one.\n",
}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("कंटेनर इमेज", "container"),
        ("컨테이너", "container"),
        ("パスワード リセット", "password"),
        ("контейнер 429", "container"),
        ("サンドボックス", "plan"),
    ],
)
def test_a_loan_word_finds_the_name_it_sounds_like(make_base: Callable, query: str, first: str) -> None:
    """A name in a script that no card is written in finds titles and aliases by sound, and says so."""
    base = make_base(CARDS)
    assert base.find(query)[:1] == [first]
    assert base.search(query, explain=True).hits[0].explanation.synonyms


def test_a_script_with_cards_is_read_as_it_is(make_base: Callable) -> None:
    """Where cards are written in the script, nothing is put beside what they have a word of, nor beside short names."""
    base = make_base({**CARDS, "ko.md": "---\nlang: ko\n---\n# 컨테이 환불\n돈.\n"})
    assert base.find("컨테이너") == ["ko"]
    assert base.find("플랜") == []
    assert base.find("샌드박스") == ["plan"]


@pytest.mark.parametrize("word", ["안녕하세요", "エラー", "привет", "करना"])
def test_what_sounds_like_nothing_finds_nothing(make_base: Callable, word: str) -> None:
    """A word too short to tell, or unlike every name, finds no card."""
    assert make_base(CARDS).find(word) == []


def test_sounds_are_those_that_scripts_share() -> None:
    """Vowels and voicing do not count, a vowel in front does, and doubled letters are one."""
    assert sound_out("password") == "psprt"
    assert sound_out("パスワード") == "pspt"
    assert sound_out("abstract")[0] == sound_out("ऐब्स्ट्रैक्शन")[0] == "A"
    assert sound_out("webhook") == sound_out("वेबहुक")
