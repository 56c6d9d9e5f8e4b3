"""What one run of kb knows of its surroundings: the flags, the terminal, and the base it is about."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property

from kbcli.errors import UsageError, refuse_unknown
from kbcli.foundation.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kbcli.operations.base import Base
    from kbcli.operations.live import LiveBase
    from kbcli.render.formats import View

FALLBACK_WIDTH = 80
SLOW_ENOUGH_TO_SHOW = 500
MAX_TICKET_CHARACTERS = 1_000_000


def go_quiet() -> None:
    """The reader of our output has left: nothing more can be said, and nothing is wrong."""
    if sys.stdout is not None:
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())


class Session:
    """The global flags of this run; everything else is found when it is first asked for."""

    kb: str | None = None
    today_flag: str | None = None
    no_color = False

    def __init__(self, command: str = "") -> None:
        self.command = command

    def take_globals(self, values: dict[str, Any]) -> None:
        """Take the values of the global flags out of those of a command line."""
        self.kb, self.today_flag = values.pop("kb"), values.pop("today")
        self.no_color = bool(values.pop("no_color"))

    @cached_property
    def base(self) -> "Base":
        """The knowledge base that the flags, the environment and the folder name; found when it is needed."""
        return self.open_base(self.kb)

    def open_base(self, folder: str | os.PathLike[str] | None) -> "Base":
        """A knowledge base in another folder, with the day and the talk of this run."""
        from kbcli.operations.base import Base

        return Base(folder, today=lambda: self.today, say=self.say, show_progress=self.show_progress)

    def open_live_base(self, *, public: bool = False) -> "LiveBase":
        """The knowledge base of this run, or the public part of it, for a process that lives long."""
        import gc

        from kbcli.operations.live import LiveBase

        # Python's own: what `__main__` sets for a short life lets garbage grow in a long one.
        gc.set_threshold(700, 10, 10)
        base = LiveBase(self.kb, today=lambda: self.today, say=self.say)
        if not public:
            return base
        from kbcli.operations.public import PublicBase

        return PublicBase(base, today=lambda: self.today, say=self.say)

    @property
    def today(self) -> date:
        """The day to judge by: `--today`, KB_TODAY, or the UTC date now."""
        from kbcli.operations.base import find_utc_day

        return self._fixed_day or find_utc_day()

    @cached_property
    def _fixed_day(self) -> date | None:
        """What `--today` or KB_TODAY says, which is said on stderr; None without them."""
        origin, text = (
            ("--today", self.today_flag) if self.today_flag else ("KB_TODAY", os.environ.get("KB_TODAY"))
        )
        if not text:
            return None
        from kbcli.operations.base import read_day

        day = read_day(text, origin)
        self.say(f"today is taken to be {day.isoformat()} ({origin})")
        return day

    @cached_property
    def color(self) -> bool:
        """Whether standard output takes colours: a terminal, NO_COLOR unset, no --no-color."""
        if self.no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return self.is_terminal or bool(os.environ.get("FORCE_COLOR"))

    @cached_property
    def is_terminal(self) -> bool:
        """Whether standard output is a terminal."""
        return sys.stdout is not None and sys.stdout.isatty()

    @cached_property
    def terminal(self) -> str:
        """A name for the terminal and the session in it, fit for a file; "" where there is none."""
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            try:
                name = os.ttyname(stream.fileno())
                return f"{name.strip('/').replace('/', '-')}-{os.getsid(0)}"
            except (AttributeError, OSError, ValueError):
                continue
        return ""

    @cached_property
    def can_ask(self) -> bool:
        """Whether there is a person to answer a question."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()

    @cached_property
    def width(self) -> int:
        """Columns of the terminal (COLUMNS first), 80 when there is none."""
        columns = os.environ.get("COLUMNS", "")
        if columns.isdecimal() and int(columns) > 0:
            return int(columns)
        return self.screen.columns or FALLBACK_WIDTH

    @property
    def screen(self) -> os.terminal_size:
        """Columns and lines of the terminal as it is now; none of both where there is none."""
        try:
            return os.get_terminal_size(sys.stdout.fileno())
        except (OSError, ValueError, AttributeError):
            return os.terminal_size((0, 0))

    def pick_format(self, kind: str, asked: str | None) -> str:
        """The output format: what was asked, else `table` on a terminal and `plain` in a pipe.

        Raises UsageError for one that this kind of result does not have.
        """
        if not asked:
            return "table" if self.is_terminal else "plain"
        from kbcli.render.formats import list_formats

        refuse_unknown(asked, list_formats(kind), f"there is no format “{asked}” here")
        return asked

    def answer(
        self, word: str, values: dict[str, Any], *, kind: str = "", pager: bool = True, fit: bool = False
    ) -> Any:
        """What the operation of that word returns for these values, shown in the `format` that they ask for.

        `kind` is that of the result, where the word is not; `fit` as for `show`.
        """
        from kbcli.operations import load_operation

        form = self.pick_format(kind or word, values.pop("format"))
        result = load_operation(word)(self.base, **values)
        self.show(kind or word, form, result, pager=pager, fit=fit)
        return result

    def make_view(self, *, verbose: bool = False, fit: bool = False) -> "View":
        """How people look at what is written to standard output."""
        from kbcli.render.formats import View

        height = self._height() if fit and self.is_terminal else 0
        return View(self.width, color=self.color, verbose=verbose, height=height)

    def show(
        self,
        kind: str,
        form: str,
        result: Any,
        *,
        verbose: bool = False,
        pager: bool = True,
        fit: bool = False,
    ) -> None:
        """Write a result in a format: tables through the pager, unless there is to be none; talk on stderr.

        To `fit`, a table that can be cut is as long as the screen.
        """
        from kbcli.render.formats import render

        output = render(kind, form, result, self.make_view(verbose=verbose, fit=fit))
        for line in output.warnings:
            self.say(line)
        if form == "table" and pager:
            self.page(output.text)
        else:
            self.write(output.text)
        for line in output.talk:
            self.say(line)

    def say(self, text: str) -> None:
        """One line of talk on stderr."""
        from kbcli.render.escape import make_line

        if sys.stderr is not None:
            print(f"kb: {make_line(text)}", file=sys.stderr)

    def write(self, text: str, *, flush: bool = False) -> None:
        """The answer, on stdout; that its reader has left changes nothing of what is done.

        `flush` shows at once what was written, before a question is asked elsewhere.
        """
        try:
            # Without a standard output this does nothing.
            print(text, end="", flush=flush)
        except BrokenPipeError:
            go_quiet()

    def write_visibly(self, text: str) -> None:
        """The answer, with control characters written out."""
        from kbcli.render.escape import make_visible

        self.write(make_visible(text))

    def page(self, text: str) -> None:
        """The answer, through the pager when it is longer than a terminal that can move its cursor."""
        can_page = self.is_terminal and os.environ.get("TERM") != "dumb"
        if can_page and text.count("\n") >= self._height():
            from kbcli.doors.cli.programs import open_pager

            if open_pager(text, os.environ):
                return
        self.write(text)

    def read_ticket(self) -> str:
        """A ticket's text from standard input, a person being told how to end it. Raises UsageError where there is none."""
        if sys.stdin is None:
            raise UsageError("there is no standard input to read a ticket from")
        if self.can_ask:
            self.say("paste the ticket, then Enter and Ctrl-D")
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")
        return sys.stdin.read(MAX_TICKET_CHARACTERS)

    def edit(self, path: str | os.PathLike[str]) -> None:
        """The user's editor on a file, until it is closed. Raises KbError when it fails."""
        from pathlib import Path

        from kbcli.doors.cli.programs import run_editor

        run_editor(Path(path), os.environ)

    def _height(self) -> int:
        return (self.screen.lines or 10**9) - 1

    @contextmanager
    def show_progress(self, what: str) -> Iterator[Callable[[int, int], None] | None]:
        """A counter on stderr for long work, on a terminal only; gives the function to call with done and total."""
        if sys.stderr is None or not sys.stderr.isatty():
            yield None
            return
        shown: list[int] = []

        def progress(done: int, total: int) -> None:
            if total < SLOW_ENOUGH_TO_SHOW or (shown and done - shown[-1] < total // 100 and done < total):
                return
            shown.append(done)
            filled = 30 * done // max(total, 1)
            sys.stderr.write(f"\r{what} [{'█' * filled}{'·' * (30 - filled)}] {done}/{total}")
            sys.stderr.flush()

        try:
            yield progress
        finally:
            if shown:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
