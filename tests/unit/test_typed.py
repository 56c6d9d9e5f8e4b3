"""Named tuples made quickly: to those who use them they are those of `typing`."""

import copy
import pickle
import typing

import pytest

from kbcli.foundation.typed import NamedTuple


class Quick(NamedTuple):
    """A card of three fields."""

    name: str
    count: int = 2
    tags: tuple[str, ...] = ()

    @property
    def double(self) -> int:
        return self.count * 2


class Slow(typing.NamedTuple):
    """The same, by `typing`."""

    name: str
    count: int = 2
    tags: tuple[str, ...] = ()


class Empty(NamedTuple):
    """Without fields."""


WAYS = [
    (("a",), {}),
    (("a", 3), {}),
    (("a", 3, ("x",)), {}),
    ((), {"name": "a"}),
    (("a",), {"tags": ("x",)}),
    ((), {"tags": ("x",), "count": 9, "name": "a"}),
]
WRONG = [
    ((), {}),
    ((), {"count": 1}),
    (("a", 1, (), 4), {}),
    (("a",), {"name": "b"}),
    (("a",), {"other": 1}),
    (("a", 1, ()), {"count": 2}),
]


@pytest.mark.parametrize(("values", "named"), WAYS)
def test_is_made_as_the_one_of_typing(values: tuple, named: dict) -> None:
    """By place, by name and by default, with the same values, text, dict and hash."""
    quick, slow = Quick(*values, **named), Slow(*values, **named)
    assert quick == slow == tuple(quick)
    assert (quick.name, quick.count, quick.tags) == tuple(slow)
    assert repr(quick) == repr(slow).replace("Slow", "Quick")
    assert quick._asdict() == slow._asdict()
    assert hash(quick) == hash(slow)
    assert (Quick._fields, Quick._field_defaults) == (Slow._fields, Slow._field_defaults)


@pytest.mark.parametrize(("values", "named"), WRONG)
def test_wrong_values_are_refused(values: tuple, named: dict) -> None:
    """What `typing` refuses is refused: too few, too many, unknown and repeated values."""
    for kind in (Quick, Slow):
        with pytest.raises(TypeError):
            kind(*values, **named)


def test_replace_and_make_agree_with_typing() -> None:
    """A copy with other values is of the same class; unknown names and a wrong number are refused."""
    card = Quick("a")._replace(count=7)
    assert (type(card), card, card.double) == (Quick, ("a", 7, ()), 14)
    assert type(Quick._make(["a", 1, ()])) is Quick
    for kind in (Quick, Slow):
        # `typing` raises the one before Python 3.13, the other since.
        with pytest.raises((ValueError, TypeError), match="other"):
            kind("a")._replace(other=1)
        with pytest.raises(TypeError):
            kind._make(["a"])


def test_can_be_copied_sent_and_matched() -> None:
    """Copying, pickling and `match` give what they give for the one of `typing`."""
    card = Quick("a", 1, ("x",))
    assert copy.deepcopy(card) == card
    again = pickle.loads(pickle.dumps(card))
    assert (type(again), again) == (Quick, card)
    match card:
        case Quick(name, count, tags=["x"]):
            assert (name, count) == ("a", 1)
        case _:
            pytest.fail("it did not match")


def test_cannot_be_changed() -> None:
    """A field cannot be set, and there is no room for others."""
    for kind in (Quick, Slow):
        for name in ("name", "other"):
            with pytest.raises(AttributeError):
                setattr(kind("a"), name, "b")


def test_without_fields() -> None:
    """A class without annotations is an empty tuple."""
    assert Empty() == ()
    with pytest.raises(TypeError):
        Empty(1)


def test_no_fields_are_inherited() -> None:
    """A class with another base is refused: its fields would silently be its own alone."""
    with pytest.raises(TypeError, match="base"):

        class Wider(Quick):
            more: int = 0


def test_field_without_default_after_one_with() -> None:
    """A declaration that nobody could call is refused, as `typing` does."""
    with pytest.raises(TypeError, match="default"):

        class Wrong(NamedTuple):
            first: int = 1
            second: int
