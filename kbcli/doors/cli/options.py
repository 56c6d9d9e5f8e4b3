"""What Typer is told of a command that is declared in command.py, and what commands share on a terminal."""

import inspect
from collections.abc import Callable, Sequence
from operator import getitem
from typing import Annotated, Any

import typer

from kbcli.doors.cli.command import GLOBAL_FLAGS, Argument, Command, Flag
from kbcli.doors.cli.session import Session

_KINDS: dict[str, Any] = {
    "switch": bool | None,
    "text": str | None,
    "count": int | None,
    "share": float | None,
    "texts": list[str] | None,
}


def _print_version(value: bool) -> None:
    if value:
        from kbcli import __version__

        typer.echo(f"kb {__version__}")
        raise typer.Exit


def add_globals(app: typer.Typer) -> None:
    """The global flags of kb, and --version."""

    def set_globals(ctx: typer.Context, **values: Any) -> None:
        session = ctx.ensure_object(Session)
        session.kb, session.today_flag = values["kb"], values["today"]
        session.no_color = bool(values["no_color"])

    version = typer.Option(
        "--version", "-V", help="Print the version.", is_eager=True, callback=_print_version
    )
    shown = _make_parameter("version", Annotated[bool, version], default=False)
    _declare(set_globals, [*map(_describe_flag, GLOBAL_FLAGS), shown])
    app.callback()(set_globals)


def add_command(app: typer.Typer, command: Command) -> None:
    """Register a command: its arguments and flags become a signature, from which Typer works."""
    many = {item.name for item in command.arguments if item.many}
    many |= {flag.name for flag in command.flags if flag.kind == "texts"}

    def run(ctx: typer.Context, **values: Any) -> int:
        for name in many:
            values[name] = list(values[name] or ())
        return command.run(ctx.ensure_object(Session), values)

    _declare(run, [*map(_describe_argument, command.arguments), *map(_describe_flag, command.flags)])
    app.command(command.word, help=command.help, epilog=command.epilog or None)(run)


def _declare(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> None:
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    shown = [context, *parameters]
    function.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    function.__annotations__ = {item.name: item.annotation for item in shown}


def _make_parameter(name: str, annotation: Any, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _describe_argument(argument: Argument) -> inspect.Parameter:
    kind: Any = list[str] if argument.many else str
    extra = _describe_completion(argument.complete, ())
    given = typer.Argument(metavar=argument.metavar, help=argument.help, **extra)
    # A name as a type is no annotation to mypy.
    needed = argument.required
    annotation = getitem(Annotated, (kind if needed else kind | None, given))
    return _make_parameter(argument.name, annotation, default=inspect.Parameter.empty if needed else None)


def _describe_flag(flag: Flag) -> inspect.Parameter:
    extra: dict[str, Any] = _describe_completion(flag.complete, flag.choices)
    if flag.metavar:
        extra["metavar"] = flag.metavar
    if flag.kind == "count":
        extra["min"] = 1
    if flag.kind == "share":
        extra["min"], extra["max"] = flag.bounds
    default_is_news = flag.default is not None if flag.kind == "text" else flag.default is True
    shows_default = flag.kind in ("count", "share") or default_is_news
    option = typer.Option(*flag.options, help=flag.help, show_default=shows_default, **extra)
    default = None if flag.kind == "texts" else flag.default
    annotation = getitem(Annotated, (_KINDS[flag.kind], option))
    return _make_parameter(flag.name, annotation, default)


def _describe_completion(field: str, choices: tuple[str, ...]) -> dict[str, Any]:
    from kbcli.doors.cli.completion import complete_choices, complete_field

    if choices:
        return {"autocompletion": complete_choices(choices)}
    return {"autocompletion": complete_field(field)} if field else {}


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
