"""A base that a process holds open for long, as a server does."""

from copy import copy

from kbcli.foundation.typed import TYPE_CHECKING, Any
from kbcli.knowledge.index.holding import HeldIndex
from kbcli.operations.base import AnswerKey, Base, Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from kbcli.config import Config
    from kbcli.foundation.git.worktree import FreshnessCheck
    from kbcli.knowledge.index.sync import OpenIndex

    T = TypeVar("T")


class LiveBase(Base):
    """A base whose index stays open: no answer is older than a second, and not each one looks at the files first."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._held = HeldIndex()

    def act_as(self, actor: str) -> "LiveBase":
        """The same base, index and all, for somebody who acts under this name."""
        other = copy(self)
        other.actor = actor
        return other

    def begin_look(self) -> "FreshnessCheck | None":
        """Nothing: whether the files are to be looked at is known when the index is asked."""
        return None

    def ask_index(
        self,
        config: "Config",
        question: "Callable[[OpenIndex], T]",
        *,
        progress: Progress | None = None,
        check: "FreshnessCheck | None" = None,
        eager: bool = False,
    ) -> "T":
        """See Base."""
        del check, eager
        return self._held.ask(config, question, progress=progress, notice=self.say)

    def answer_key(self) -> AnswerKey:
        """See Base; also where an index built anew, as its files were damaged, is called as the one before."""
        key = super().answer_key()
        return key._replace(cards=f"{key.cards} {self._held.generation}")

    def look_again(self) -> None:
        """Say that this process has changed a file: what is asked next is answered after a look."""
        self._held.look_again()
