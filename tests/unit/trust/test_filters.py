"""Card filters: one meaning for every command."""

from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.errors import UsageError
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.trust.filters import CardFilter, expand_owner, make_filter

CARD = Card(
    id="a", path="a.md", title="A", type="answer", tags=("API", "limits"), product="Gateway",
    audience="public", owners=("api-team", "bea@example.org"), lang="en-GB",
)  # fmt: skip
CONFIG = Config(
    root=Path(),
    groups={"api-team": ("ana@example.org",), "web-team": ("ana@example.org", "carl")},
    people={"ana": ("ana@example.org", "ana@home.example")},
)


@pytest.mark.parametrize(
    ("flags", "passes"),
    [
        ({}, True),
        ({"tag": ["api"]}, True),
        ({"tag": ["API "]}, True),
        ({"tag": ["web", "limits"]}, True),
        ({"tag": ["web"]}, False),
        ({"type": ["answer"]}, True),
        ({"type": ["policy"]}, False),
        ({"lang": ["en"]}, True),
        ({"lang": ["en_gb"]}, True),
        ({"lang": ["en-US"]}, False),
        ({"lang": ["e"]}, False),
        ({"product": ["gateway"]}, True),
        ({"product": ["gate"]}, False),
        ({"owner": ["api-team"]}, True),
        ({"owner": ["Bea@Example.org"]}, True),
        ({"owner": ["web-team"]}, False),
        ({"owner": ["ana"]}, True),
        ({"owner": ["ana@home.example"]}, True),
        ({"owner": ["carl"]}, False),
        ({"owner": ["-"]}, False),
        ({"state": ["expired", "due"]}, True),
        ({"state": ["verified"]}, False),
        ({"status": ["active"]}, True),
        ({"status": ["draft"]}, False),
        ({"audience": ["public"]}, True),
        ({"audience": ["internal"]}, False),
        ({"tag": ["api"], "type": ["policy"]}, False),
        ({"tag": ["api"], "type": ["answer"]}, True),
    ],
)
def test_any_value_of_a_kind_and_every_kind_must_fit(flags: dict[str, list[str]], passes: bool) -> None:
    """Of several tags one must fit, and every filter that is given; case does not matter."""
    assert make_filter(CONFIG, **flags).matches(CARD, "expired") is passes


def test_a_person_owns_what_their_groups_own() -> None:
    """A person is found under each name and address, and with the groups that any of them is in."""
    assert expand_owner(CONFIG, "ANA") == (
        "ana",
        "ana@example.org",
        "ana@home.example",
        "api-team",
        "web-team",
    )
    assert expand_owner(CONFIG, "api-team") == ("api-team",)
    assert expand_owner(CONFIG, "nobody") == ("nobody",)


def test_a_hyphen_means_cards_without_an_owner() -> None:
    """Orphans can be asked for."""
    assert make_filter(CONFIG, owner=["-"]).matches(Card(id="b", path="b.md", title="B"))


@pytest.mark.parametrize("flags", [{"state": ["stale"]}, {"status": ["done"]}, {"audience": ["all"]}])
def test_a_word_that_does_not_exist_is_wrong_usage(flags: dict[str, list[str]]) -> None:
    """A misspelt state is refused with those there are, instead of finding nothing."""
    with pytest.raises(UsageError) as caught:
        make_filter(CONFIG, **flags)
    assert caught.value.hint.startswith("Use one of: ")


def test_an_empty_filter_says_so() -> None:
    """Callers may skip filtering when nothing was asked for; blanks are nothing."""
    assert make_filter(CONFIG, tag=["", " "]) == CardFilter()
    assert CardFilter().is_empty
    assert not make_filter(CONFIG, tag=["x"]).is_empty


def test_a_filter_by_something_else_is_no_filter_for_everything() -> None:
    """A kind that does not exist is an error: left alone, it would let every card through."""
    with pytest.raises(TypeError, match="owners"):
        make_filter(CONFIG, owners=["ana"])  # type: ignore[call-arg]
