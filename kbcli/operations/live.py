"""A base that a process holds open for long, as a server does."""

from collections import OrderedDict
from collections.abc import Callable
from copy import copy
from threading import Lock
from time import monotonic

from kbcli.config import CONFIG_NAME, Config
from kbcli.errors import NoKnowledgeBaseError
from kbcli.foundation.disk.files import Stamp
from kbcli.foundation.git.worktree import FreshnessCheck
from kbcli.foundation.processes import release_memory
from kbcli.foundation.typed import TYPE_CHECKING, Any
from kbcli.knowledge.index.holding import OLD, HeldIndex
from kbcli.knowledge.index.sync import OpenIndex, limit_question
from kbcli.operations import load_operation
from kbcli.operations.base import AnswerKey, Base, Progress

if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")


MOST_ANSWERS = 1_000


class Answers:
    """Answers that were given for the newest key; with another one all are forgotten, as each may hold every card."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._key: AnswerKey | None = None
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def find(self, key: AnswerKey, name: str, make: Callable[[], Any]) -> Any:
        """The answer called so, made where it is not known."""
        is_new = False
        with self._lock:
            if key != self._key:
                self._key = key
                self._kept.clear()
                is_new = True
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        if is_new:
            release_memory()
        answer = make()
        with self._lock:
            if key == self._key:
                self._kept[name] = answer
                if len(self._kept) > MOST_ANSWERS:
                    self._kept.popitem(last=False)
        return answer


class _Seen:
    """What was last seen of the files, for everybody who acts: whether there was a kb.toml, what cards depend on beside each other."""

    has_settings = False
    index: tuple[str, tuple[str, ...]] = ("", ())
    stamped: tuple[float, tuple[str, ...], tuple[tuple[str, Stamp | None], ...]] = (0.0, (), ())


class LiveBase(Base):
    """A base whose index stays open: no answer is older than a second, and not each one looks at the files first."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._held = HeldIndex()
        self._answers = Answers()
        self._seen = _Seen()

    @property
    def config(self) -> Config:
        """See Base. Raises NoKnowledgeBaseError where the folder, or the kb.toml that it had, is gone: nothing is told of what is left."""
        config = super().config
        if config.source:
            self._seen.has_settings = True
        elif not (self.root / CONFIG_NAME).exists() and (self._seen.has_settings or not self.root.is_dir()):
            hint = "Put it back, or end what serves it."
            raise NoKnowledgeBaseError(f"there is no knowledge base in {self.root} any more", hint)
        return config

    def answer(self, word: str, **values: object) -> Any:
        """What an operation answers that reads cards, and nothing of git's history: worked out once for who acts."""
        name = f"{word} {self.actor!r} {values!r}"
        return self.keep(name, lambda: load_operation(word)(self, **values))

    def keep(self, name: str, make: "Callable[[], T]") -> "T":
        """What `make` gives, worked out once; all that it depends on is in the name or the key of answers."""
        with limit_question(self.config):
            return self._answers.find(self.answer_key(), name, make)  # type: ignore[no-any-return]

    def act_as(self, actor: str) -> "LiveBase":
        """The same base, index and all, for somebody who acts under this name."""
        other = copy(self)
        other.actor = actor
        return other

    def begin_look(self) -> FreshnessCheck | None:
        """Nothing: whether the files are to be looked at is known when the index is asked."""
        return None

    def ask_index(
        self,
        config: Config,
        question: "Callable[[OpenIndex], T]",
        *,
        progress: Progress | None = None,
        check: FreshnessCheck | None = None,
        eager: bool = False,
    ) -> "T":
        """See Base."""
        del check, eager
        return self._held.ask(config, question, progress=progress, notice=self.say)

    def answer_key(self) -> AnswerKey:
        """See Base; also where an index built anew, as its files were damaged, is called as the one before."""
        key = super().answer_key()
        return key._replace(cards=f"{key.cards} {self._held.generation}")

    def describe_index(self, index: OpenIndex) -> tuple[str, tuple[str, ...]]:
        """See Base; worked out once for each state of the index."""
        found = self._seen.index
        if found[0] != index.reader.identity:
            found = self._seen.index = super().describe_index(index)
        return found

    def stamp_depended(self, config: Config, values: tuple[str, ...]) -> tuple[tuple[str, Stamp | None], ...]:
        """See Base; as of half a second ago at most."""
        began, of, stamps = self._seen.stamped
        if of != values or monotonic() - began > OLD:
            began, stamps = monotonic(), super().stamp_depended(config, values)
            self._seen.stamped = (began, values, stamps)
        return stamps

    def look_again(self) -> None:
        """Say that this process has changed a file: what is asked next is answered after a look."""
        self._held.look_again()
        self._seen.stamped = (0.0, (), ())
