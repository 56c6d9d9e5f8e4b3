"""Options that several commands share, and what Typer is told of those declared in flags.py."""

import inspect
from collections.abc import Callable, Sequence
from operator import getitem
from typing import Annotated, Any

import typer

from kbcli.doors.cli.completion import complete_cards, complete_values
from kbcli.doors.cli.flags import Flag
from kbcli.doors.cli.session import Session


def _print_version(value: bool) -> None:
    if value:
        from kbcli import __version__

        typer.echo(f"kb {__version__}")
        raise typer.Exit


def describe_globals(
    ctx: typer.Context,
    kb: Annotated[
        str | None,
        typer.Option(
            "--kb", metavar="DIR", help="The knowledge base: the folder that holds kb.toml. Or set KB_HOME."
        ),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(
            "--today", metavar="DAY", help="Judge as if it were this day (YYYY-MM-DD). Or set KB_TODAY."
        ),
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours. Or set NO_COLOR.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Print the version.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Support knowledge as verified Markdown cards: search, write, verify, and keep it fresh."""
    del version
    session = ctx.ensure_object(Session)
    session.kb, session.today_flag, session.no_color = kb, today, no_color


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


def add_flag_command(
    app: typer.Typer, name: str, flags: Sequence[Flag], words: str, words_help: str,
    run: Callable[[Session, list[str], dict[str, Any]], int], help_text: str,
) -> None:  # fmt: skip
    """Register a command whose options are declared in a table of flags; `run` gets words and values."""

    def command(ctx: typer.Context, **values: Any) -> int:
        given = values.pop("words", None) or []
        for flag in flags:
            if flag.kind == "texts":
                values[flag.name] = list(values[flag.name] or [])
        return run(ctx.ensure_object(Session), given, values)

    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        inspect.Parameter(
            "words", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None,
            annotation=Annotated[list[str] | None, typer.Argument(metavar=words, help=words_help)],
        ),
    ]  # fmt: skip
    parameters += [_describe_flag(flag) for flag in flags]
    command.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in parameters} | {"return": int}
    app.command(name, help=help_text)(command)


def _describe_flag(flag: Flag) -> inspect.Parameter:
    kinds: dict[str, Any] = {
        "switch": bool,
        "text": str | None,
        "count": int | None,
        "texts": list[str] | None,
    }
    default = flag.default if flag.kind != "texts" else None
    extra: dict[str, Any] = {"metavar": flag.metavar} if flag.metavar else {}
    if flag.kind == "count":
        extra["min"] = 1
    if flag.complete:
        extra["autocompletion"] = complete_values(flag.complete)
    option = typer.Option(*flag.options, help=flag.help, show_default=flag.kind == "count", **extra)
    annotation: Any = getitem(
        Annotated, (kinds[flag.kind], option)
    )  # a name as type is no annotation to mypy
    return inspect.Parameter(
        flag.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
