"""Options that several commands share, and what Typer is told of those declared in flags.py."""

from collections.abc import Sequence
from typing import Annotated

import typer

from kbcli.doors.cli.completion import complete_cards

CardArgument = Annotated[
    str,
    typer.Argument(
        metavar="CARD", help="An ID, any clear ending of one, or a path.", autocompletion=complete_cards
    ),
]
CardsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="CARD…",
        help="IDs, clear endings of them, or paths; - reads them from stdin.",
        autocompletion=complete_cards,
    ),
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="table (default on a terminal), plain (default in a pipe) or json."
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]


def read_references(given: Sequence[str]) -> list[str]:
    """Card references from the arguments, with `-` replaced by the lines of stdin (first tab field)."""
    import sys

    references: list[str] = []
    for item in given:
        if item == "-":
            references.extend(line.split("\t")[0].strip() for line in sys.stdin if line.strip())
        else:
            references.append(item)
    return list(dict.fromkeys(references))


def confirm_question(question: str, *, default: bool = False) -> bool:
    """Ask yes or no on the terminal, talk going to stderr."""
    return typer.confirm(question, default=default, err=True)
