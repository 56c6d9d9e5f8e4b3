"""The anchors of headings, as each renderer itself made them: version and command stand beside the values."""

import json
from pathlib import Path
from unicodedata import normalize

import pytest

from kbcli.foundation.markdown.anchors import RENDERERS, Anchors, list_slugs

RECORDED = json.loads((Path(__file__).parent / "anchors.json").read_text(encoding="utf-8"))
DOCUMENTS = [
    (
        document["markdown"],
        {name: slugs for names, slugs in document["slugs"].items() for name in names.split()},
    )
    for document in RECORDED["documents"]
]


@pytest.mark.parametrize("renderer", sorted({name for _, recorded in DOCUMENTS for name in recorded}))
def test_headings_have_the_anchors_that_the_renderer_gave_them(renderer: str) -> None:
    """By a renderer's rule, the slugs of a text are those it made itself, and a link can end at each."""
    for text, slugs in [(text, recorded[renderer]) for text, recorded in DOCUMENTS if renderer in recorded]:
        assert list(list_slugs(text, RENDERERS[renderer])) == slugs, text
        assert all(map(Anchors(text, renderer=renderer).has, slugs)), text


def test_what_only_another_renderer_made_is_no_anchor() -> None:
    """A slug that a renderer did not make of a text, but another did, leads nowhere under the first."""
    for text, recorded in DOCUMENTS:
        if "{" in text or "<!-- #" in text:
            continue  # an ID that was set counts with every renderer
        others = {slug for other in recorded.values() for slug in other}
        for renderer, slugs in recorded.items():
            if RENDERERS[renderer].respells:
                continue  # it makes slugs of what links say, too
            own = {normalize("NFC", slug.casefold()) for slug in slugs} | {""}
            wrong = [slug for slug in others if normalize("NFC", slug.casefold()) not in own]
            assert not list(filter(Anchors(text, renderer=renderer).has, wrong)), (renderer, text)


@pytest.mark.parametrize("entry", RECORDED["cited"], ids=[entry["renderer"] for entry in RECORDED["cited"]])
def test_published_slugs_are_made(entry: dict[str, list[str]]) -> None:
    """Slugs that a renderer cannot be run for here are as their source says."""
    renderer = RENDERERS[entry["renderer"]]
    assert list(renderer.number(map(renderer.make, entry["headings"]))) == entry["slugs"]


def test_every_renderer_has_recorded_values() -> None:
    """No rule is there by belief: each renderer is in the record, under its own or another name."""
    held = set(RECORDED["renderers"]) | {entry["renderer"] for entry in RECORDED["cited"]}
    assert {
        name for name, renderer in RENDERERS.items() if not any(renderer is RENDERERS[one] for one in held)
    } == set()
