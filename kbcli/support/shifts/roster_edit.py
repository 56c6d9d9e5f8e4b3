"""Writing into support/shifts.toml: an absence, or somebody's last day; all else stays as it is, comments too."""

from collections.abc import Callable
from datetime import date
from typing import Any

from kbcli.config import Config
from kbcli.errors import RefusedError
from kbcli.foundation.disk.files import replace_file
from kbcli.support.shifts.roster import (
    ROSTER_PATH,
    Roster,
    Span,
    locate_roster,
    parse_roster,
    with_absence,
    with_leaving,
)


def add_absence(config: Config, key: str, span: Span) -> str:
    """Write that a person is away then; the path of the file. Raises RefusedError where it cannot be done cleanly."""

    def edit(member: Any) -> None:
        import tomlkit

        member.setdefault("away", tomlkit.array()).append(str(span))

    return _edit_member(config, key, edit, lambda roster: with_absence(roster, key, span))


def set_leaving(config: Config, key: str, last: date) -> str:
    """Write somebody's last day; the path of the file. Raises RefusedError where it cannot be done cleanly."""

    def edit(member: Any) -> None:
        member["leaves"] = last

    return _edit_member(config, key, edit, lambda roster: with_leaving(roster, key, last))


def _edit_member(
    config: Config, key: str, edit: Callable[[Any], None], expect: Callable[[Roster], Roster]
) -> str:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = locate_roster(config)
    before = path.read_bytes()
    source = before.decode("utf-8-sig")
    hint = f"Write it into {ROSTER_PATH} by hand."
    try:
        document = tomlkit.parse(source)
        people = document.setdefault("people", tomlkit.table(is_super_table=True))
        edit(people.setdefault(key, tomlkit.table()))
        text = tomlkit.dumps(document)
    except (TOMLKitError, AttributeError, TypeError) as error:
        raise RefusedError(f"{ROSTER_PATH} cannot be changed cleanly: {error}", hint) from None
    if parse_roster(text) != expect(parse_roster(source)):
        raise RefusedError(f"{ROSTER_PATH} cannot be changed cleanly", hint)
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    replace_file(path, mark + text.encode(), expected=before)
    return ROSTER_PATH
