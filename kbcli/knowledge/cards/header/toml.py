"""Fields of a TOML header (`+++`) set through tomlkit, which keeps every other character."""

import re
from collections.abc import Mapping
from datetime import date

from kbcli.foundation.typed import TYPE_CHECKING, Any
from kbcli.knowledge.cards.header.read import FrontMatterError, parse_toml

if TYPE_CHECKING:
    from kbcli.knowledge.cards.header.edit import FieldValue

_LINE_BREAK = re.compile(r"(?<!\r)\n")


def set_toml_fields(header: str, changes: Mapping[str, "FieldValue | None"]) -> str:
    """The header with these top-level fields set, or deleted where the value is None.

    New fields go to the end, above the first table. Raises FrontMatterError for what is not
    TOML, and when another line would change.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    known = parse_toml(header)
    try:
        document = tomlkit.parse(header)
    except (TOMLKitError, ValueError) as error:
        raise FrontMatterError(f"it is not valid TOML: {error}", 1, "Mend that line.") from None
    for name, value in changes.items():
        if value is None:
            if name in document:
                del document[name]
        elif name not in document:
            document.append(name, _make_item(value))
        else:
            _replace(document, name, value)
    result = document.as_string()
    if "\r\n" in header and not _LINE_BREAK.search(header):
        result = _LINE_BREAK.sub("\r\n", result)
    _check_lines(header, result, set(changes), known.lines)
    return result


def _replace(document: Any, name: str, value: "FieldValue") -> None:
    old = document[name]
    plain = old.unwrap()
    if isinstance(value, str):
        if plain != value:
            document[name] = _make_text(value, old)
    elif isinstance(value, date) and isinstance(plain, str):
        document[name] = _make_text(value.isoformat(), old)
    elif isinstance(value, list) and isinstance(plain, list):
        _edit_array(old, value)
    else:
        document[name] = _make_item(value)


def _make_text(value: str, old: Any) -> Any:
    """A text in the old one's quotes; a number or day stays one when the text still is one."""
    import tomlkit
    from tomlkit.items import String

    if not isinstance(old, String):
        unwrapped = old.unwrap()
        if isinstance(unwrapped, date) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
        if type(unwrapped) is int and re.fullmatch(r"[1-9]\d{0,17}", value):
            return int(value)
        return tomlkit.string(value)
    literal = old.as_string().startswith("'") and not re.search("['\x00-\x08\x0a-\x1f\x7f]", value)
    return tomlkit.string(value, literal=literal)


def _make_item(value: "FieldValue") -> Any:
    import tomlkit

    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return tomlkit.item(value)


def _edit_array(array: Any, wanted: list[str]) -> None:
    from difflib import SequenceMatcher

    old = [str(item) for item in array.unwrap()]
    for action, first, last, begin, end in reversed(
        SequenceMatcher(None, old, wanted, autojunk=False).get_opcodes()
    ):
        if action == "equal":
            continue
        for index in reversed(range(first, last)):
            del array[index]
        for offset, text in enumerate(wanted[begin:end]):
            array.insert(first + offset, text)


def _check_lines(before: str, after: str, names: set[str], lines: Mapping[str, int]) -> None:
    """Raise FrontMatterError when a line changed that does not belong to one of the fields."""
    from difflib import SequenceMatcher

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = sorted((line, name) for name, line in lines.items())
    for action, first, last, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if action in ("equal", "insert"):
            continue
        for number in range(first + 1, last + 1):
            owner = next((name for line, name in reversed(starts) if line <= number), "")
            if owner not in names:
                raise FrontMatterError("another line would change too", number, "Change it by hand.")
