"""What was typed while the keyboard was set to another language."""

from collections.abc import Callable

import pytest

FILES = {
    "kb.toml": 'lang = "en"\n[search]\ncustomers_words = false\n',
    "webhook.md": "# Webhook billing\nIt is sent once.\n",
    "refund.md": "---\nlang: ko\n---\n# 환불 정책\n카드로 돌려줍니다.\n",
    "password.md": "---\nlang: ru\n---\n# Пароль не подходит\nСбросьте его.\n",
    "secret.md": "---\nlang: he\n---\n# סיסמה\nאיפוס.\n",
}


@pytest.mark.parametrize(
    ("query", "first", "meant"),
    [
        ("ghksqnf", "refund", "환불"),
        ("ghksqnf wjdcor", "refund", "환불 정책"),
        ("ㅈㄷㅠㅙㅐㅏ", "webhook", "webhook"),
        ("gfhjkm", "password", "пароль"),
        ("цуирщщл", "webhook", "webhook"),
        ("xhxnv", "secret", "סיסמה"),
    ],
)
def test_the_keys_tell_what_was_meant(make_base: Callable, query: str, first: str, meant: str) -> None:
    """Words typed on another keyboard find the card, and what was searched for is said."""
    found = make_base(FILES).search(query)
    assert [hit.record.id for hit in found.hits][:1] == [first]
    assert (found.query.text, found.corrected) == (query, meant)
    assert " ".join(use.searched[0] for use in found.spellings) == meant


@pytest.mark.parametrize("query", ["webhook", "dlwpxm", "환불", "ㅋㅋㅋ", "qwerty", "rk", '"ghksqnf"'])
def test_what_no_card_has_on_any_keyboard_stays(make_base: Callable, query: str) -> None:
    """Words of cards, phrases, and keys that make no word of a card are taken as typed, as is everything when asked exactly."""
    base = make_base(FILES)
    assert base.search(query).corrected in (None, "ghksqnf")
    assert base.find("ghksqnf", exact=True) == []
