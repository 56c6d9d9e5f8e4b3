"""The command line as a whole: which commands there are, and the one place where errors become words."""

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

from kbcli import __version__
from kbcli.doors.cli import COMMANDS
from kbcli.doors.cli.command import GLOBAL_FLAGS, Argument, Command, Values, lift_globals, parse_lightly
from kbcli.doors.cli.session import Session, go_quiet
from kbcli.errors import KbError
from kbcli.foundation.typed import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

FAMILIES = frozenset(command.partition(" ")[0] for command in COMMANDS if " " in command)
"""The first words of commands of two; some are a command by themselves, too."""

EXIT_USAGE, EXIT_FAILED, EXIT_BUG, EXIT_INTERRUPTED = 2, 3, 4, 130


def run(arguments: list[str]) -> int:
    """Run one command line and return the exit status. Nothing escapes: every error becomes words."""
    _prepare_streams()
    lifted, rest = lift_globals(arguments)
    given = lifted + rest
    session = Session(command=_find_command(rest))
    try:
        code = _dispatch(given, session)
    except (KeyboardInterrupt, EOFError):
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  the boundary: whatever is left is a bug of kb's
        message, hint, code = _explain_error(error, session)
        as_json = "--format=json" in given or ("--format", "json") in pairwise(given)
        if message:
            _report_error(session, message, hint, code, as_json=as_json)
    return _flush(code)


def _dispatch(given: list[str], session: Session) -> int:
    """Search answers without Typer when its command line is plain; everything else goes through it."""
    if session.command == "search":
        from kbcli.doors.cli.search import COMMAND, run

        parsed = parse_lightly(given, GLOBAL_FLAGS + COMMAND.flags)
        if parsed is not None and parsed[0][:1] == ["search"] and len(parsed[0]) > 1:
            (_, *words), values = parsed
            session.take_globals(values)
            return run(session, {"words": words, **values})
    return _run_typer(given, session)


def _run_typer(given: list[str], session: Session) -> int:
    import typer

    app = build_app(session.command if session.command in COMMANDS or session.command in FAMILIES else None)
    command = typer.main.get_command(app)
    try:
        result = command.main(args=given, prog_name="kb", standalone_mode=False, obj=session)
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        # Whoever asked for help has read enough of it.
        result = 0
        go_quiet()
    return result if isinstance(result, int) else 0


def build_app(only: str | None = None) -> "typer.Typer":
    """The Typer application with every command, or with the one (or the family) that is about to run."""
    from importlib import import_module

    import typer

    from kbcli.doors.cli.options import GroupedHelp, add_command, add_family, add_globals
    from kbcli.operations import name_module

    app = typer.Typer(
        name="kb",
        cls=GroupedHelp,
        help="Support knowledge as verified Markdown cards: search, write, verify, and keep it fresh.",
        no_args_is_help=True,
        add_completion=only is None,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    add_globals(app)
    families: dict[str, typer.Typer] = {}
    for word in COMMANDS:
        first, _, second = word.partition(" ")
        if only is not None and only not in (word, first):
            continue
        module = import_module(f"kbcli.doors.cli.{name_module(word)}")
        if first in FAMILIES and first not in families:
            families[first] = add_family(app, first, import_module(f"kbcli.doors.cli.{name_module(first)}"))
        if second or first not in FAMILIES:
            add_command(families.get(first, app), module.COMMAND)
    if only is None:
        add_command(app, _HELP)
    return app


def _explain(session: Session, values: Values) -> int:
    """`kb help`, and `kb help COMMAND`."""
    return _run_typer([*values["command"], "--help"], session)


_HELP = Command(
    "help",
    "Explain a command, with examples.",
    (Argument("command", "[COMMAND]", "Which one.", many=True, required=False, complete="commands"),),
    run=_explain,
)


def _find_command(rest: list[str]) -> str:
    """The command's word, or two: the first arguments of a command line without global flags."""
    words = (item for item in rest if not item.startswith("-"))
    first, second = next(words, ""), next(words, "")
    return both if (both := f"{first} {second}") in COMMANDS else first


def _report_error(session: Session, message: str, hint: str, code: int, *, as_json: bool) -> None:
    from kbcli.render.escape import make_line

    if as_json:
        from kbcli.render.json import format_failure

        with suppress(OSError):
            session.write(format_failure(session.command, message, hint, code))
    if sys.stderr is not None:
        sys.stderr.write(f"kb: error: {make_line(message)}\n")
        if hint:
            sys.stderr.write(f"hint: {make_line(hint)}\n")


def _explain_error(error: Exception, session: Session) -> tuple[str, str, int]:
    """What is said of an error ("": nothing), the remedy, and the exit status.

    Typer's own exceptions are usage; what nobody foresaw is a bug, kept in a log file.
    """
    if isinstance(error, KbError):
        return error.message, error.hint, error.exit_code
    typer = sys.modules.get("typer")
    if typer is not None:
        if isinstance(error, typer.Exit):
            return "", "", int(error.exit_code)
        if isinstance(error, typer.Abort):
            return "", "", EXIT_INTERRUPTED
        if isinstance(error, typer.TyperException):
            message = error.format_message()
            context = getattr(error, "ctx", None)
            if type(error).__name__ == "NoArgsIsHelpError":
                session.write(message + "\n")
                return "", "", 0
            hint = f"Run `{context.command_path} --help`." if context is not None else "Run `kb --help`."
            if session.command == "search" and "ption" in type(error).__name__:
                hint += " What follows -- is searched for: kb search -- npm install --save-dev"
            return message, hint, EXIT_USAGE
    if isinstance(error, MemoryError):
        return "out of memory", "", EXIT_FAILED
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or error}{where}", "", EXIT_FAILED
    path = _write_bug_log(error)
    hint = f"The traceback is in {path}; please report it." if path else "Please report it."
    return f"a bug in kb: {type(error).__name__}: {error}", hint, EXIT_BUG


def _write_bug_log(error: Exception) -> str:
    """Write the traceback with versions to the user's log folder and return its path ("" if that fails).

    The command line is left out: it may hold what a customer said.
    """
    import platform
    import traceback

    import platformdirs

    folder = platformdirs.user_log_dir("kb", appauthor=False)
    path = os.path.join(folder, f"bug-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.log")
    text = "".join(traceback.format_exception(error))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(path, "x", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"kb {__version__}, Python {sys.version}, {platform.platform()}\n\n{text}")
    except OSError:
        return ""
    return path


def _prepare_streams() -> None:
    """A character the terminal cannot show is written out, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _flush(code: int) -> int:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        go_quiet()
    except OSError as error:
        go_quiet()
        if sys.stderr is not None:
            sys.stderr.write(f"kb: error: the answer cannot be written: {error.strerror}\n")
        return EXIT_FAILED
    return code
