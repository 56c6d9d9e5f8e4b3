"""What the tests of shifts share: rotas from a few words."""

from collections.abc import Callable

import pytest

from kbcli.support.shifts.roster import Roster, parse_roster


@pytest.fixture
def make_roster() -> Callable[..., Roster]:
    """A roster of one rota: names, lines of the rota, and whatever follows."""

    def make(people: str, rota: str = "", rest: str = "", top: str = "") -> Roster:
        names = ", ".join(f'"{name}"' for name in people.split())
        return parse_roster(f"{top}\n[[rota]]\npeople = [{names}]\n{rota}\n{rest}\n")

    return make
