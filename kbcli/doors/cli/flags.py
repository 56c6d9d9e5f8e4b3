"""Flags declared once, for the light parser of the hot path and for Typer alike."""

from collections.abc import Sequence
from typing import NamedTuple


class Flag(NamedTuple):
    """One option: `kind` is `switch`, `text`, `texts` (repeatable) or `count`.

    A switch with two options (`--trust/--no-trust`) has both names joined by a slash.
    """

    name: str
    options: tuple[str, ...]
    kind: str
    help: str
    metavar: str = ""
    default: object = None
    choices: tuple[str, ...] = ()
    complete: str = ""


def parse_lightly(
    arguments: Sequence[str], flags: Sequence[Flag]
) -> tuple[list[str], dict[str, object]] | None:
    """Words and flag values, or None for anything but a plain, right command line.

    None sends the caller to the full parser, which knows help, completion and all messages.
    """
    by_option = {option: flag for flag in flags for name in flag.options for option in name.split("/")}
    values: dict[str, object] = {flag.name: [] if flag.kind == "texts" else flag.default for flag in flags}
    words: list[str] = []
    items = iter(arguments)
    for item in items:
        if item == "--":
            words.extend(items)
            break
        if not item.startswith("-") or item == "-":
            words.append(item)
            continue
        option, joined, value = item.partition("=")
        flag = by_option.get(option)
        if flag is None:
            if item.startswith("--") or item == "-h":
                return None
            short = by_option.get(item[:2])
            if short is not None and short.kind == "count" and item[2:].isdecimal():
                flag, joined, value = short, "=", item[2:]
            else:
                # In a query a single minus sign excludes: `plan -quota`, and `-1` is a word.
                words.append(item)
                continue
        if flag.kind == "switch":
            if joined:
                return None
            values[flag.name] = not option.startswith("--no-")
            continue
        if not joined:
            found = next(items, None)
            if found is None:
                return None
            value = found
        if not _store_value(values, flag, value):
            return None
    return words, values


def _store_value(values: dict[str, object], flag: Flag, value: str) -> bool:
    if flag.choices and value not in flag.choices:
        return False
    if flag.kind == "count":
        if not (value.isascii() and value.isdecimal() and len(value) < 8 and int(value) > 0):
            return False
        values[flag.name] = int(value)
    elif flag.kind == "texts":
        kept = values[flag.name]
        assert isinstance(kept, list)
        kept.append(value)
    else:
        values[flag.name] = value
    return True


GLOBAL_FLAGS = (
    Flag("kb", ("--kb",), "text", "The knowledge base: the folder that holds kb.toml.", "DIR"),
    Flag("today", ("--today",), "text", "Judge as if it were this day (YYYY-MM-DD).", "DAY"),
    Flag("no_color", ("--no-color",), "switch", "No colours.", default=False),
)


def lift_globals(arguments: Sequence[str]) -> list[str]:
    """The command line with the global flags moved before the command, where they may stand too.

    People write `kb stale --today 2026-08-21`; what follows `--` is left alone.
    """
    by_option = {option: flag for flag in GLOBAL_FLAGS for option in flag.options}
    lifted: list[str] = []
    rest: list[str] = []
    items = iter(arguments)
    for item in items:
        if item == "--":
            rest.append(item)
            rest.extend(items)
            break
        option, joined, _ = item.partition("=")
        flag = by_option.get(option)
        if flag is None:
            rest.append(item)
            continue
        lifted.append(item)
        if flag.kind != "switch" and not joined and (value := next(items, None)) is not None:
            lifted.append(value)
    return lifted + rest
