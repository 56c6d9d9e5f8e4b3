"""Shingles: what counts as the same text, in every script."""

import subprocess
import sys

import pytest

from kbcli.foundation.text.shingles import BINS, make_shingles, make_signature, split_tokens


def jaccard(a: frozenset[int], b: frozenset[int]) -> float:
    """Shared shingles of all."""
    return len(a & b) / len(a | b)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Wait for the `Retry-After` header!", ["wait", "for", "the", "retry", "after", "header"]),
        ("Größe ÄNDERN", ["grösse", "ändern"]),
        ("किताबें खोलें", ["किताबें", "खोलें"]),
        ("請求書を送る", ["請求", "求書", "書を", "を送", "送る"]),
        ("환불 정책을", ["환불", "정책", "책을"]),
        ("VPNパスワード", ["vpn", "パス", "スワ", "ワー", "ード"]),
        ("ลืมรหัส", ["ลืมร", "ืมรห", "มรหั", "รหัส"]),
        ("ไป", ["ไป"]),
        ("— … 🙂 —", []),
    ],
)
def test_tokens_are_words_or_runs_of_characters(text: str, tokens: list[str]) -> None:
    """Spaced scripts give whole words with their marks, the others overlapping runs."""
    assert split_tokens(text) == tokens


def test_case_punctuation_layout_and_letter_forms_do_not_count() -> None:
    """Reflowed, re-punctuated, decomposed or full-width text has the same shingles."""
    assert make_shingles("Café ouvert, tous les jours") == make_shingles(
        "**cafe\u0301 OUVERT**\n- tous les\n- jours"
    )
    assert make_shingles("API 429") == make_shingles("\uff21\uff30\uff29\n\uff14\uff12\uff19")


def test_order_counts() -> None:
    """The same words in another order are not the same text."""
    assert jaccard(make_shingles("a b c d e f"), make_shingles("f e d c b a")) == 0


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("the customer sent more requests than the plan allows in one minute",
         "the customer sent more requests than the plan permits in one minute"),
        ("顧客がプランの許す以上のリクエストを一分間に送信しました。", "顧客がプランの許す以上のリクエストを一時間に送信しました。"),
        ("고객이 요금제가 허용하는 것보다 많은 요청을 보냈습니다", "고객이 요금제가 허용하는 것보다 많은 호출을 보냈습니다"),
        ("ลูกค้าส่งคำขอมากกว่าที่แผนอนุญาตในหนึ่งนาที", "ลูกค้าส่งคำขอมากกว่าที่แผนอนุญาตในหนึ่งวัน"),
        ("ग्राहक ने योजना की अनुमति से अधिक अनुरोध एक मिनट में भेजे", "ग्राहक ने योजना की अनुमति से अधिक अनुरोध एक घंटे में भेजे"),
    ],
)  # fmt: skip
def test_one_changed_word_leaves_most_shingles(text: str, edited: str) -> None:
    """In each script an edit costs the shingles around it and no more."""
    assert 0.5 < jaccard(make_shingles(text), make_shingles(edited)) < 1


def test_short_and_empty_texts_have_shingles_of_their_own() -> None:
    """No text is too short to compare; an empty one says nothing."""
    assert make_shingles("") == make_shingles("…\n") == frozenset()
    assert len(make_shingles("refund")) == 1
    assert make_shingles("refund") != make_shingles("invoice")
    assert make_shingles("\ud800 lone surrogate") == make_shingles("lone surrogate")


def test_signatures_agree_as_often_as_texts_are_alike() -> None:
    """The share of bins in which signatures agree is near the Jaccard similarity."""
    words = [f"word{number}" for number in range(4000)]
    one = make_shingles(" ".join(words[:3000]))
    other = make_shingles(" ".join(words[1000:]))
    a, b = make_signature(one), make_signature(other)
    assert len(a) == len(b) == BINS
    assert abs(len(set(a) & set(b)) / BINS - jaccard(one, other)) < 0.15


def test_a_signature_holds_the_least_number_of_each_bin() -> None:
    """A bin keeps its minimum whatever the order, and a short text leaves bins empty."""
    numbers = [7, 3, (1 << 32) - 1, (1 << 32) - 9, 1 << 31]
    assert sorted(make_signature(numbers)) == [3, 1 << 31, (1 << 32) - 9]
    assert make_signature(numbers) == make_signature(sorted(numbers))


def test_shingles_are_the_same_in_every_run() -> None:
    """Nothing depends on Python's hash seed."""
    code = "from kbcli.foundation.text.shingles import *; print(sorted(make_signature(make_shingles('one two three four 五六七'))))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1
