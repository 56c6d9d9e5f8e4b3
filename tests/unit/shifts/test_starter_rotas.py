"""The rotas of the starter need names, and nothing else."""

import re
from datetime import date
from pathlib import Path

import pytest

from kbcli.support.shifts.planning import fill_plan
from kbcli.support.shifts.roster import RosterError, parse_roster

CONTENT = Path(__file__).parents[3] / "content"
ROTAS = sorted((CONTENT / "support" / "rotas").glob("*.toml"))


@pytest.mark.parametrize("path", ROTAS, ids=lambda path: path.stem)
def test_with_names_a_starter_rota_plans_half_a_year(path: Path) -> None:
    """No seat stays empty with the number of people it is for, and what it says to read is there."""
    text = path.read_text(encoding="utf-8")
    with pytest.raises(RosterError, match="no people"):
        parse_roster(text)
    count = {"tier-two-week": 10, "everyone-fortnightly": 10, "day-a-month": 20, "founders-alternating": 2}
    people = ", ".join(f'"p{number}"' for number in range(count[path.stem]))
    named = re.sub(r"(?m)^people = \[\]", f"people = [{people}]", text)
    roster = parse_roster(re.sub(r"(?m)^buddies = \[\]", 'buddies = ["x", "y", "z"]', named))
    filled = fill_plan(roster, {}, date(2027, 1, 4), date(2027, 6, 30))
    assert not filled.unfilled
    assert len(filled.plan) > 20
    assert all((CONTENT / f"{card}.md").is_file() for card in roster.read)
