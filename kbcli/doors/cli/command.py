"""What a command of the command line is made of: declared once, for Typer and for the light parser alike."""

from collections.abc import Callable, Sequence

from kbcli.errors import UsageError
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from kbcli.doors.cli.session import Session

Values = dict[str, Any]


class Argument(NamedTuple):
    """One word of a command line, or with `many` all that are left; `required` that there is one.

    `complete` says what the shell offers: a word of `operations.offer.list_offers`.
    """

    name: str
    metavar: str
    help: str
    many: bool = False
    required: bool = True
    complete: str = ""


class Flag(NamedTuple):
    """One option: `kind` is `switch`, `text`, `texts` (repeatable), `count` or `share` (a number of `bounds`).

    A switch with two names (`--trust/--no-trust`) has both joined by a slash. `choices` are what the
    shell offers, or `complete`, as of an argument.
    """

    name: str
    options: tuple[str, ...]
    kind: str
    help: str
    metavar: str = ""
    default: object = None
    choices: tuple[str, ...] = ()
    complete: str = ""
    bounds: tuple[float, float] = (0.0, 1.0)


class Command(NamedTuple):
    """One command: its word, what it takes and how it is explained.

    The first line of `help` says what it does in less than 50 characters. The names of arguments and
    flags are those of the operation's parameters. `run` gets their values
    and returns the exit status, where it is not 0; by itself a command shows what its
    operation returns, through the pager where it is `paged`.
    """

    word: str
    help: str
    arguments: tuple[Argument, ...] = ()
    flags: tuple[Flag, ...] = ()
    epilog: str = ""
    run: "Callable[[Session, Values], int | None] | None" = None
    paged: bool = True


CARD = Argument(
    "card", "CARD", "An ID, any clear ending of one, a path, or a hit's number.", complete="cards"
)
CARDS = Argument(
    "cards",
    "CARD…",
    "IDs, clear endings of them, or paths; - reads them from stdin.",
    many=True,
    required=False,
    complete="cards",
)
TAG = Flag(
    "tag",
    ("--tag", "-t"),
    "texts",
    "Only cards with this tag (repeatable: any of them).",
    "TAG",
    complete="tags",
)
OWNER = Flag(
    "owner",
    ("--owner", "-o"),
    "texts",
    "Only cards of this person or group; - for none.",
    "OWNER",
    complete="owners",
)
TYPE = Flag("type", ("--type",), "texts", "Only cards of this type.", "TYPE", complete="type")
LANG = Flag("lang", ("--lang", "-l"), "texts", "Only cards in this language.", "LANG", complete="lang")
PRODUCT = Flag(
    "product", ("--product",), "texts", "Only cards about this product.", "PRODUCT", complete="product"
)
FIELD_FILTERS = (TAG, OWNER, TYPE, LANG, PRODUCT)
STATE = Flag(
    "state",
    ("--state",),
    "texts",
    "Only cards in this trust state (repeatable).",
    "STATE",
    complete="state",
)
STATUS = Flag(
    "status", ("--status",), "texts", "Only draft, active or archived cards.", "STATUS", complete="status"
)
AUDIENCE = Flag(
    "audience",
    ("--audience",),
    "texts",
    "Only internal or only public cards.",
    "AUDIENCE",
    complete="audience",
)
HISTORY = Flag(
    "history",
    ("--history/--no-history",),
    "switch",
    "Ask git whether the text of cards without a digest changed after their date (default: kb.toml's history).",
)
WITHIN = Flag("within", ("--within",), "text", "Also what falls due in this time (30d, 6w).", "SPAN")
BY = Flag("by", ("--by",), "text", "Who does this (default: your address in git).", "WHO")
COMMIT = Flag("commit", ("--commit",), "switch", "Commit exactly this card.", default=False)
YES = Flag("yes", ("--yes", "-y"), "switch", "Ask nothing.", default=False)
GLOBAL_FLAGS = (
    Flag(
        "kb", ("--kb",), "text", "The knowledge base: the folder that holds kb.toml. Or set KB_HOME.", "DIR"
    ),
    Flag("today", ("--today",), "text", "Judge as if it were this day (YYYY-MM-DD). Or set KB_TODAY.", "DAY"),
    Flag("no_color", ("--no-color",), "switch", "No colours. Or set NO_COLOR.", default=False),
)


def make_format_flag(word: str) -> Flag:
    """The flag that chooses among the formats that render has for a command."""
    from kbcli.render.formats import list_formats

    forms = list_formats(word)
    about = f"One of: {', '.join(forms)} (default: table on a terminal, plain in a pipe)."
    return Flag("format", ("--format",), "text", about, "FORMAT", choices=forms)


def make_port_flag(usual: int) -> Flag:
    """The flag that says at which port of this machine a server listens."""
    return Flag("port", ("--port",), "count", f"Where to listen (default: {usual}).", "N")


def read_port(values: Values, usual: int) -> int:
    """The port that the flag names, or the usual one. Raises UsageError for what is none."""
    port: int = values["port"] or usual
    if port > 65535:
        raise UsageError(f"{port} is no port", "Use a number up to 65535.")
    return port


def parse_lightly(arguments: Sequence[str], flags: Sequence[Flag]) -> tuple[list[str], Values] | None:
    """Words and flag values, or None for anything but a plain, right command line.

    None sends the caller to the full parser, which knows help, completion and all messages.
    """
    by_option = {option: flag for flag in flags for name in flag.options for option in name.split("/")}
    values: Values = {flag.name: [] if flag.kind == "texts" else flag.default for flag in flags}
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
            if short is None or short.kind != "count" or not item[2:].isdecimal():
                # In a query a single minus sign excludes: `plan -quota`, and `-1` is a word.
                words.append(item)
                continue
            flag, joined, value = short, "=", item[2:]
        if flag.kind == "switch":
            if joined:
                return None
            values[flag.name] = not option.startswith("--no-")
            continue
        if not joined:
            value = next(items, "")
        if not value or not _store_value(values, flag, value):
            return None
    return words, values


def _store_value(values: Values, flag: Flag, value: str) -> bool:
    if flag.choices and value not in flag.choices:
        return False
    if flag.kind == "count":
        if not (value.isascii() and value.isdecimal() and len(value) < 8 and int(value) > 0):
            return False
        values[flag.name] = int(value)
    elif flag.kind == "texts":
        values[flag.name].append(value)
    else:
        values[flag.name] = value
    return flag.kind != "share"


def lift_globals(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The global flags of a command line, which may stand behind the command too, and the rest of it.

    People write `kb stale --today 2026-08-21`; what follows `--` is left alone.
    """
    by_option = {option: flag for flag in GLOBAL_FLAGS for option in flag.options}
    lifted: list[str] = []
    rest: list[str] = []
    items = iter(arguments)
    for item in items:
        if item == "--":
            rest += (item, *items)
            break
        option, joined, _ = item.partition("=")
        flag = by_option.get(option)
        if flag is None:
            rest.append(item)
            continue
        lifted.append(item)
        if flag.kind != "switch" and not joined and (value := next(items, None)) is not None:
            lifted.append(value)
    return lifted, rest
