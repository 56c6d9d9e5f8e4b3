"""What Typer is told of a command that is declared in command.py, what the shell offers on Tab, and how one asks."""

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import getitem
from pathlib import Path
from typing import Annotated, Any

import typer

from kbcli.doors.cli import GROUPS
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


class GroupedHelp(typer.core.TyperGroup):
    """`kb --help`: the commands by what people do, each with the first line of its own help."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """What kb is, and one list of commands for each group: what one looks for stands first."""
        super().format_help_text(ctx, formatter)
        width = max(map(len, self.commands))
        for heading, words in GROUPS.items():
            with formatter.section(heading):
                found = ((word.ljust(width), self.get_command(ctx, word)) for word in words)
                formatter.write_dl(
                    [(word, (one.help or "").partition("\n")[0].rstrip(".")) for word, one in found if one]
                )

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Nothing: they stand above the options."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Where to begin."""
        del ctx
        from kbcli.config import find_root

        begin = "`kb help COMMAND` has examples; `kb manual` is the manual."
        try:
            find_root(None, os.environ, Path.cwd())
        except (KbError, OSError):
            begin = f"Start with `kb init`. {begin}"
        formatter.write_paragraph()
        formatter.write_text(begin)


def _print_version(value: bool) -> None:
    if value:
        from kbcli import __version__

        typer.echo(f"kb {__version__}")
        raise typer.Exit


def add_globals(app: typer.Typer) -> None:
    """The global flags of kb, and --version."""

    def set_globals(ctx: typer.Context, **values: Any) -> None:
        ctx.ensure_object(Session).take_globals(values)

    version = typer.Option(
        "--version", "-V", help="Print the version.", is_eager=True, callback=_print_version
    )
    shown = _make_parameter("version", Annotated[bool, version], default=False)
    _declare(set_globals, [*map(_describe_flag, GLOBAL_FLAGS), shown])
    app.callback()(set_globals)


def add_family(app: typer.Typer, word: str, module: Any) -> typer.Typer:
    """Register a word that others follow, and that is a command itself where its module has one; what they are added to."""
    command: Command | None = getattr(module, "COMMAND", None)
    family = typer.Typer(
        help=module.HELP if command is None else command.help,
        epilog=command and command.epilog,
        invoke_without_command=command is not None,
        no_args_is_help=command is None,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    if command is not None:
        family.callback()(_make_function(command))
    app.add_typer(family, name=word)
    return family


def add_command(app: typer.Typer, command: Command) -> None:
    """Register a command."""
    word = command.word.rpartition(" ")[2]
    app.command(word, help=command.help, epilog=command.epilog or None)(_make_function(command))


def _make_function(command: Command) -> Callable[..., int]:
    """What Typer calls: the arguments and flags of a command become a signature, from which it works."""
    many = {item.name for item in command.arguments if item.many}
    many |= {flag.name for flag in command.flags if flag.kind == "texts"}

    def run(ctx: typer.Context, **values: Any) -> int:
        for name in many:
            values[name] = list(values[name] or ())
        session = ctx.ensure_object(Session)
        if ctx.invoked_subcommand is not None:
            return 0
        for item in command.arguments:
            if item.complete == "cards" and values[item.name]:
                values[item.name] = _name_hits(session, values[item.name])
        if command.run is not None:
            return command.run(session, values) or 0
        session.answer(command.word, values, pager=command.paged)
        return 0

    _declare(run, [*map(_describe_argument, command.arguments), *map(_describe_flag, command.flags)])
    return run


def _name_hits(session: Session, given: str | list[str]) -> str | list[str]:
    from kbcli.operations.lasthits import name_hit

    base, terminal = session.base, session.terminal
    if not terminal:
        return given
    if isinstance(given, str):
        return name_hit(base, terminal, given)
    return [name_hit(base, terminal, one) for one in given]


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


def complete_field(name: str) -> Callable[..., list[str]]:
    """A completer for what `operations.offer.list_offers` knows; silent where there is no knowledge base."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        from kbcli.operations.base import Base
        from kbcli.operations.offer import list_offers

        try:
            base = Base(ctx.find_root().params.get("kb"))
            commands = [word for words in GROUPS.values() for word in words]
            words = commands if name == "commands" else list_offers(base, name)
        except (KbError, OSError):
            return []
        if name == "cards" and incomplete:
            words = [*words, *_list_endings(words)]
        # Bash puts them on the command line as they are, and a clone may be hostile: what means something to it is not offered.
        plain = re.compile(r"[\w@%+=:,./][\w@%+=:,./-]*").fullmatch
        return [word for word in dict.fromkeys(words) if word.startswith(incomplete) and plain(word)][
            :_MOST_OFFERED
        ]

    return complete


def _list_endings(idents: Iterable[str]) -> Iterator[str]:
    """What else a card may be called: the endings of its ID. A shell drops what does not begin as it was typed."""
    for ident in idents:
        while "/" in ident:
            ident = ident.partition("/")[2]  # noqa: PLW2901
            yield ident


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


def ask_text(question: str) -> str:
    """One line of the user's, talk going to stderr; "" for Enter."""
    return str(typer.prompt(question, default="", show_default=False, err=True)).strip()
