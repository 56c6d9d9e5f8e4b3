"""What one run of kb knows of its surroundings: the knowledge base, the day, the terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path

from kbcli.config import CONFIG_NAME, Config, find_root, load_config
from kbcli.errors import UsageError
from kbcli.foundation.disk.containment import find_boundary, resolve_inside
from kbcli.foundation.git.worktree import find_git_root

FORMATS = ("table", "plain", "json")
FALLBACK_WIDTH = 80
SLOW_ENOUGH_TO_SHOW = 500


class Session:
    """The global flags of this run; everything else is found when it is first asked for."""

    def __init__(
        self,
        kb: str | None = None,
        today_flag: str | None = None,
        *,
        no_color: bool = False,
        command: str = "",
    ) -> None:
        self.kb = kb
        self.today_flag = today_flag
        self.no_color = no_color
        self.command = command
        self.said: list[str] = []

    @cached_property
    def root(self) -> Path:
        """The folder of the knowledge base. Raises NoKnowledgeBaseError."""
        return find_root(self.kb, os.environ, Path.cwd())

    @cached_property
    def git_root(self) -> Path | None:
        """The top of the git work tree around the knowledge base."""
        return find_git_root(self.root)

    @cached_property
    def config(self) -> Config:
        """The settings of the knowledge base. Raises ConfigError."""
        path = self.root / CONFIG_NAME
        if path.is_symlink():
            resolve_inside(path, find_boundary(self.root, self.git_root))
        config = load_config(self.root, self.git_root)
        for warning in config.warnings:
            self.say(warning)
        return config

    @cached_property
    def today(self) -> date:
        """The day to judge by: `--today`, KB_TODAY, or the UTC date; an override is said on stderr."""
        origin, text = (
            ("--today", self.today_flag) if self.today_flag else ("KB_TODAY", os.environ.get("KB_TODAY"))
        )
        if not text:
            from datetime import UTC, datetime

            return datetime.now(UTC).date()
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise UsageError(f"{origin} is “{text}”", "It must be a day such as 2026-08-21.") from None
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
    def can_ask(self) -> bool:
        """Whether there is a person to answer a question."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()

    @cached_property
    def width(self) -> int:
        """Columns of the terminal (COLUMNS first), 80 when there is none."""
        columns = os.environ.get("COLUMNS", "")
        if columns.isdecimal() and int(columns) > 0:
            return int(columns)
        try:
            return os.get_terminal_size(sys.stdout.fileno()).columns or FALLBACK_WIDTH
        except (OSError, ValueError, AttributeError):
            return FALLBACK_WIDTH

    def pick_format(self, asked: str | None, allowed: tuple[str, ...] = FORMATS) -> str:
        """The output format: what was asked, else `table` on a terminal and `plain` in a pipe.

        Raises UsageError for one the command does not have.
        """
        if not asked:
            return "table" if self.is_terminal else "plain"
        if asked not in allowed:
            raise UsageError(f"there is no format “{asked}” here", f"Use one of: {', '.join(allowed)}.")
        return asked

    def say(self, text: str) -> None:
        """One line of talk on stderr."""
        from kbcli.render.escape import make_line

        self.said.append(text)
        if sys.stderr is not None:
            print(f"kb: {make_line(text)}", file=sys.stderr)

    def write(self, text: str) -> None:
        """The answer, on stdout."""
        if sys.stdout is not None:
            sys.stdout.write(text)

    def page(self, text: str) -> None:
        """The answer, through the pager when it is longer than the terminal."""
        if not self.is_terminal or text.count("\n") < self._height():
            self.write(text)
            return
        from kbcli.foundation.disk.programs import open_pager

        if not open_pager(text):
            self.write(text)

    def _height(self) -> int:
        try:
            return os.get_terminal_size(sys.stdout.fileno()).lines - 1
        except (OSError, ValueError, AttributeError):
            return 10**9

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
