"""What ended shifts left: a file each, support/shifts/done/2027-01-04-0.toml."""

import json
from collections.abc import Sequence

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError
from kbcli.foundation.disk.files import create_file, list_names, replace_file
from kbcli.foundation.typed import NamedTuple
from kbcli.support.shifts.plan import PLAN_FOLDER, Seat

DONE_FOLDER = f"{PLAN_FOLDER}/done"
_MOST_BYTES = 1_000_000
_MOST_REASON = 300


class Contribution(NamedTuple):
    """One thing a shift left: `kind` is new, text, verified, flagged, moved or removed of a card, or `gap`, with its words."""

    kind: str
    card: str


class Debrief(NamedTuple):
    """What a shift left. `nothing` is why there are no contributions; `day` when it was ended."""

    seat: str
    person: str
    day: str
    contributions: tuple[Contribution, ...] = ()
    nothing: str = ""


def list_debriefs(config: Config) -> frozenset[str]:
    """The names of the seats that were ended. Raises OutsidePathError."""
    names = list_names(config.locate(DONE_FOLDER))
    return frozenset(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def locate_debrief(seat: str) -> str:
    """The path of a seat's debrief, from the knowledge base."""
    return f"{DONE_FOLDER}/{seat}.toml"


def read_debrief(config: Config, seat: str) -> Debrief | None:
    """What a seat left, None where it was not ended. Raises KbError for a file that cannot be read."""
    from kbcli.foundation.toml import load_toml

    path = locate_debrief(seat)
    full = config.locate(path)
    try:
        with open(full, "rb") as stream:
            data = load_toml(stream.read(_MOST_BYTES).decode("utf-8"))
        contributions = tuple(
            Contribution(str(kind), str(card))
            for kind, cards in dict(data.get("contributions", {})).items()
            for card in cards
        )
        person, ended, nothing = (str(data.get(name, "")) for name in ("person", "ended", "nothing"))
        return Debrief(seat, person, ended, contributions, nothing)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise KbError(f"{path} cannot be read: {error}", "Mend it, or end the shift again.") from None


def check_reason(text: str) -> str:
    """A reason in one line. Raises RefusedError for an empty or a long one, or one that holds personal data."""
    line = " ".join(text.split())
    if not line or len(line) > _MOST_REASON or not line.isprintable():
        raise RefusedError("the reason must be one line of text", f"Of at most {_MOST_REASON} characters.")
    from kbcli.foundation.redaction import refuse_personal_data

    refuse_personal_data(line, "the reason")
    return line


def write_debrief(config: Config, seat: Seat, debrief: Debrief) -> str:
    """Write what a seat left, in place of what was written before; the path. Raises RefusedError, OSError."""
    path = locate_debrief(seat.name)
    full = config.locate(path)
    data = format_debrief(debrief).encode()
    if full.exists():
        replace_file(full, data, expected=full.read_bytes())
    else:
        create_file(full, data)
    return path


def format_debrief(debrief: Debrief) -> str:
    """A debrief as TOML."""
    lines = [f"person = {_quote(debrief.person)}", f"ended = {_quote(debrief.day)}"]
    if debrief.nothing:
        lines.append(f"nothing = {_quote(debrief.nothing)}")
    kinds: dict[str, list[str]] = {}
    for kind, card in debrief.contributions:
        kinds.setdefault(kind, []).append(card)
    if kinds:
        lines += ["", "[contributions]", *(f"{kind} = {_quote_list(kinds[kind])}" for kind in sorted(kinds))]
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    # Of JSON's strings all are TOML's, but for DEL.

    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quote_list(texts: Sequence[str]) -> str:
    return f"[{', '.join(_quote(text) for text in texts)}]"
