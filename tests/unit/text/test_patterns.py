"""Patterns that are compiled when they are first used, and sets of signs."""

import re

import pytest

from kbcli.foundation.text.languages import is_among
from kbcli.foundation.typed import compile_late


def test_a_pattern_is_compiled_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then nothing is, and from then on once: it answers as one of `re.compile` with its flags."""
    compiled = []
    real = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: compiled.append(given) or real(*given))
    pattern = compile_late("(?P<word>a+)", re.IGNORECASE)
    assert compiled == []
    assert [pattern.match(text)["word"] for text in ("AAb", "aB")] == ["AA", "a"]
    assert compiled == [("(?P<word>a+)", re.IGNORECASE)]
    assert pattern.sub("-", "bAb") == "b-b"


@pytest.mark.parametrize("sign", ["a", "c", "x", "é", "\U00020000"])
def test_a_sign_is_among_those_of_a_set(sign: str) -> None:
    """Ranges hold their ends and nothing beyond, whatever the order in which they are listed."""
    listed = "\u00e0-\u00eba-cx"
    assert is_among(sign, listed) == (re.match(f"[{listed}]", sign) is not None)
