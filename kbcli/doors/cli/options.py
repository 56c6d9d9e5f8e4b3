"""What Typer is told of a command that is declared in command.py, what the shell offers on Tab, and how one asks."""

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from operator import getitem
from typing import Annotated, Any

import typer

from kbcli.doors.cli.command import GLOBAL_FLAGS, Argument, Command, Flag
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError

_MOST_OFFERED = 200
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
        session = ctx.ensure_object(Session)
        if command.run is not None:
            return command.run(session, values)
        session.answer(command.word, values, pager=command.paged)
        return 0

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
    if choices:
        return {
            "autocompletion": lambda incomplete: [word for word in choices if word.startswith(incomplete)]
        }
    return {"autocompletion": complete_field(field)} if field else {}


def complete_field(name: str) -> Callable[[str], list[str]]:
    """A completer for `cards` (IDs), `pages` of the manual, or the values that a field has in the cards.

    Silent where there is no knowledge base.
    """

    def complete(incomplete: str) -> list[str]:
        from kbcli.operations.base import Base
        from kbcli.operations.offer import list_ids, list_pages, list_values

        try:
            if name == "cards":
                return _choose_plain(_put_starts_first(list_ids(Base()), incomplete.casefold()))
            words = list_pages() if name == "pages" else list_values(Base(), name)
        except (KbError, OSError):
            return []
        return _choose_plain(word for word in words if word.startswith(incomplete))

    return complete


def _put_starts_first(words: Sequence[str], typed: str) -> list[str]:
    """The words that begin with what was typed, then those that contain it."""
    starting = [word for word in words if word.casefold().startswith(typed)]
    return starting + [word for word in words if typed in word.casefold() and word not in starting]


def _choose_plain(words: Iterable[str]) -> list[str]:
    """Words that mean nothing to a shell: bash puts them on the command line as they are, and a clone may be hostile."""
    return [word for word in words if re.fullmatch(r"[\w@%+=:,./][\w@%+=:,./-]*", word)][:_MOST_OFFERED]


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
