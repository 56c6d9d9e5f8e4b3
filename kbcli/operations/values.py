"""Values that people give to the fields of a card: checked, and in the spelling that is written."""

from kbcli.config import Config
from kbcli.errors import UsageError
from kbcli.foundation.calendar import Interval, parse_interval
from kbcli.knowledge.cards.model import AUDIENCES, STATUSES, TYPES
from kbcli.knowledge.cards.reader import normalize_tag


def check_choice(config: Config, name: str, value: str) -> str:
    """A status, type or audience that exists, in its own spelling. Raises UsageError."""
    choices = {"status": STATUSES, "type": TYPES + config.types, "audience": AUDIENCES}[name]
    found = next((choice for choice in choices if choice.casefold() == value.strip().casefold()), None)
    if found is None:
        raise UsageError(f"“{value}” is not a {name}", f"Use one of: {', '.join(choices)}.")
    return found


def check_interval(value: str, said_by: str = "--every: ") -> Interval:
    """A verification interval such as `90d` or `never`. Raises UsageError, whose message begins with `said_by`."""
    try:
        return parse_interval(value)
    except ValueError as error:
        raise UsageError(f"{said_by}{error}", "Use 90d, 12w, 6m, 1y or never.") from error


def check_url(value: str) -> None:
    """An address that one can look at later. Raises UsageError for anything else."""
    from kbcli.foundation.weblinks.urls import parse_address

    try:
        parse_address(value)
    except ValueError as error:
        raise UsageError(f"--evidence “{value}” {error}", "Give the URL of what you looked at.") from None


def check_language(value: str) -> str:
    """A language tag in canonical case. Raises UsageError."""
    try:
        return normalize_tag(value)
    except ValueError as error:
        raise UsageError(f"--lang: {error}", "Use a tag such as en, de or pt-BR.") from error
