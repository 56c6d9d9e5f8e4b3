"""How texts of one script are read."""

import pytest
from anyascii import anyascii

from kbcli.foundation.text import sounds, words


@pytest.mark.parametrize("kind", ["han", "hangul", "devanagari", "unspaced", "cyrillic"])
def test_a_text_of_one_script_is_read_as_any_other(kind: str) -> None:
    """What is taken for letters of one script alone is what the patterns for all scripts take for one word of it."""
    ((first, last, others),) = [rest for name, *rest in words._PURE if name == kind]
    signs = [
        sign for sign in map(chr, range(ord(first), ord(last) + 1)) if sign not in words._list_signs(others)
    ]
    compounds, runs = words._unicode_patterns()
    for sign in signs[:400] + signs[400::31]:
        text = signs[9] + sign + signs[11]
        assert words._find_pure_kind(text) == kind
        assert compounds.fullmatch(text), text
        assert runs.fullmatch(text).lastgroup == kind, text
        assert not words._find_pure_kind(f"{text}a{text}。")


def test_sounds_are_spelled_as_by_the_library() -> None:
    """The tables that are read from its folder give what anyascii itself does, and without them it is asked."""
    text = "".join(
        map(chr, (*range(0x370, 0x780), *range(0x900, 0x980), *range(0x30A1, 0x30FF), 0xAC00, 0xD7A3))
    )
    assert sounds._spell_in_latin(text) == anyascii(text.replace("ッ", ""))
    assert sounds._spell_in_latin("\U000e0100") == anyascii("\U000e0100")
