"""Every command line that only looks, in every format: what the tests of the whole command line go through.

`{card}` stands for a card's ID, `{word}` for something to search for, `{base}` for an older commit.
"""

from collections.abc import Iterator

from kbcli.doors.cli.app import COMMANDS

SHOWN = ("table", "plain", "json")
FORMATS: dict[str, tuple[str, ...]] = {
    "check": (*SHOWN, "github", "gitlab", "junit", "sarif"),
    "stale": (*SHOWN, "csv", "markdown"),
    "report": (*SHOWN, "csv", "markdown", "html"),
    "eval": (*SHOWN, "junit"),
    "review": ("plain", "json"),
}
LOOKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "search": (("{word}",), ("{word}", "--explain")),
    "show": (("{card}",), ("{card}", "--path"), ("{card}", "--as-of", "2026-11-05")),
    "list": ((), ("--status", "archived")),
    "log": (("{card}",),),
    "stale": ((), ("--by", "owner")),
    "report": ((), ("--by", "tag")),
    "check": ((), ("--base", "{base}"), ("--strict", "--verbose")),
    "translations": ((), ("--diff",)),
    "duplicates": ((),),
    "manual": (("{word}",),),
    "doctor": ((),),
    "index": ((), ("--rebuild",)),
    "eval": ((), ("--per-query",)),
    "review": ((),),
}
WRITES = ("new", "edit", "verify", "flag", "unflag", "mv", "init")


def list_lines(command: str, names: dict[str, str]) -> Iterator[list[str]]:
    """The command lines of one command that change nothing, in each of its formats."""
    for arguments in LOOKS[command]:
        for form in FORMATS.get(command, SHOWN):
            yield [command, *(argument.format(**names) for argument in arguments), "--format", form]


def list_looks(names: dict[str, str]) -> Iterator[list[str]]:
    """All of them, for the commands that this kb has."""
    for command in LOOKS:
        if command in COMMANDS:
            yield from list_lines(command, names)


def list_unknown() -> list[str]:
    """Commands that stand in no table here: nobody has looked what they do with a hostile clone."""
    return [command for command in COMMANDS if command not in LOOKS and command not in WRITES]
