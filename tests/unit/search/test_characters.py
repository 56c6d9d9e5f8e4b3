"""Single characters of a Chinese query, where its pairs are unknown."""

from collections.abc import Callable

import pytest

from kbcli.foundation.text.han import simplify

FILES = {
    "kb.toml": "[search]\ncustomers_words = false\n",
    "refund.md": "---\ntitle: 退款规定\nlang: zh\n---\n客户可以在三十天内申请退款。\n",
    "password.md": "---\ntitle: 重置密码\nlang: zh\n---\n打开登录页面，选择忘记密码吗。\n",
    "limits.md": "---\ntitle: Rate limits\nlang: en\n---\nWait, then send again.\n",
}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("钱能退吗", ["refund"]),
        ("退", ["refund"]),
        ("密码能改吗", ["password"]),
        ("钱能给吗", []),
        ("API 钱能退吗", ["refund"]),
        ('"钱能退吗"', []),
    ],
)
def test_a_character_finds_where_no_pair_is_known(make_base: Callable, query: str, ids: list[str]) -> None:
    """A card is found by a character of which no pair is known; function words and phrases stay as they are."""
    assert make_base(FILES).find(query, exact=True) == ids


def test_pairs_that_are_known_are_enough(make_base: Callable) -> None:
    """The characters of a known pair are not looked for alone."""
    files = {**FILES, "back.md": "---\ntitle: 退回商品\nlang: zh\n---\n商品可以退回。\n"}
    assert make_base(files).find("退款") == ["refund"]


def test_the_character_is_shown(make_base: Callable) -> None:
    """The snippet marks the character that was found."""
    hit = make_base(FILES).search("钱能退吗", exact=True).hits[0]
    assert "退" in {hit.snippet.text[start:end] for start, end in hit.snippet.spans}


@pytest.mark.parametrize("query", ["重設密碼", "密碼", "登錄頁面"])
def test_traditional_characters_find_simplified_ones(make_base: Callable, query: str) -> None:
    """Who writes in the other script of Chinese finds the card, here and the other way round."""
    assert make_base(FILES).find(query, exact=True) == ["password"]
    swapped = {"card.md": "---\ntitle: 重設密碼\nlang: zh\n---\n開啟登錄頁面，點選後發送。\n"}
    assert make_base(swapped).find(simplify(query), exact=True) == ["card"]
    assert make_base(swapped).find("发送", exact=True) == ["card"]


def test_japanese_words_are_not_taken_for_traditional_chinese(make_base: Callable) -> None:
    """What a Japanese card says is found there first, though a Chinese one says it in simplified characters."""
    files = {
        "ja.md": "---\ntitle: 二要素認証\nlang: ja\n---\n認証の設定。\n",
        "zh.md": "---\ntitle: 双重认证\nlang: zh\n---\n认证认证。\n",
    }
    assert make_base({**FILES, **files}).find("認証", exact=True) == ["ja"]
