"""The digest as other programs may compute it: recorded once, never to change within a scheme."""

import json
from pathlib import Path

import pytest

from kbcli.foundation.markdown.digest import SCHEME, digest_text

RECORDED = json.loads((Path(__file__).parent / "digest.json").read_text(encoding="utf-8"))
VECTORS = RECORDED["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["why"] for vector in VECTORS])
def test_a_recorded_text_keeps_its_digest(vector: dict[str, object]) -> None:
    """Each spelling of a recorded text has the recorded digest: a change here breaks every stamp in the world."""
    found = {digest_text(vector["title"], vector["audience"], body) for body in vector["bodies"]}
    assert found == {vector["digest"]}


def test_recorded_texts_that_differ_have_different_digests() -> None:
    """No two entries, each of which renders differently from all others, share a digest."""
    digests = [vector["digest"] for vector in VECTORS]
    assert len(set(digests)) == len(digests)


def test_the_scheme_is_named_in_front() -> None:
    """A digest says by which scheme it was made, so that a later scheme can tell."""
    assert RECORDED["scheme"] == SCHEME
    assert digest_text("", "", "").startswith(f"{SCHEME}:")
    assert len(digest_text("", "", "")) == len(SCHEME) + 17


def test_a_separator_keeps_the_parts_apart() -> None:
    """A word that moves from the title to the text changes the digest."""
    assert digest_text("a", "", "b") != digest_text("", "", "a\0\0b"[1:])
    assert digest_text("ab", "", "c") != digest_text("a", "", "bc")
