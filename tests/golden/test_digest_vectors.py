"""The digests as other programs may compute them: recorded once, never to change within a scheme."""

import json
from pathlib import Path

import pytest

from kbcli.foundation.markdown import digest
from kbcli.foundation.markdown.digest import digest_text
from kbcli.foundation.markdown.digest_v1 import digest_text_v1

FOLDER = Path(__file__).parent
SCHEMES = {"v1": digest_text_v1, "v2": digest_text}
RECORDED = {
    scheme: json.loads((FOLDER / f"digest_{scheme}.json").read_text(encoding="utf-8")) for scheme in SCHEMES
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_recorded_text_keeps_its_digest(scheme: str) -> None:
    """Each spelling of a recorded text has the recorded digest: a change here breaks every stamp in the world."""
    changed = [
        (vector["why"], body)
        for vector in RECORDED[scheme]["vectors"]
        for body in vector["bodies"]
        if SCHEMES[scheme](vector["title"], vector["audience"], body) != vector["digest"]
    ]
    assert changed == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_recorded_texts_that_differ_have_different_digests(scheme: str) -> None:
    """No two entries, each of which renders differently from all others, share a digest."""
    digests = [vector["digest"] for vector in RECORDED[scheme]["vectors"]]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(("scheme", "digits"), [("v1", 16), ("v2", 32)])
def test_the_scheme_is_named_in_front(scheme: str, digits: int) -> None:
    """A digest says by which scheme it was made, and the newest is the one that is written."""
    assert RECORDED[scheme]["scheme"] == scheme
    assert SCHEMES[scheme]("", "", "").startswith(f"{scheme}:")
    assert len(SCHEMES[scheme]("", "", "")) == len(scheme) + 1 + digits
    assert digest.SCHEME == "v2"


@pytest.mark.parametrize("make", SCHEMES.values(), ids=SCHEMES)
def test_a_separator_keeps_the_parts_apart(make: object) -> None:
    """A word that moves from the title to the text changes the digest."""
    assert make("a", "", "b") != make("", "", "a\0\0b"[1:])
    assert make("ab", "", "c") != make("a", "", "bc")
