"""kb for Python programs: `from kbcli import KnowledgeBase`.

>>> kb = KnowledgeBase.open("content")
>>> [hit.record.id for hit in kb.search("429", limit=3).result.hits]
"""

import os
from collections.abc import Callable
from datetime import date
from types import MethodType

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.operations import load_operation
from kbcli.operations.base import Base, ShowProgress, find_utc_day, say_nothing, show_nothing

if TYPE_CHECKING:
    from typing import Concatenate, ParamSpec, TypeVar

    from kbcli.operations.check import check_cards
    from kbcli.operations.doctor import diagnose
    from kbcli.operations.duplicates import find_duplicates
    from kbcli.operations.edit import edit_card
    from kbcli.operations.eval import evaluate_search
    from kbcli.operations.flag import flag_card
    from kbcli.operations.index import sync_index
    from kbcli.operations.init import init_base
    from kbcli.operations.list import list_cards
    from kbcli.operations.log import log_card
    from kbcli.operations.manual import read_manual
    from kbcli.operations.mv import move_card
    from kbcli.operations.new import new_card
    from kbcli.operations.report import report_trust
    from kbcli.operations.review import review_cards
    from kbcli.operations.search import search_cards
    from kbcli.operations.show import show_card
    from kbcli.operations.stale import list_stale_cards
    from kbcli.operations.translations import list_translations
    from kbcli.operations.unflag import unflag_card
    from kbcli.operations.verify import verify_cards

    Parameters = ParamSpec("Parameters")
    Answer = TypeVar("Answer")


class _Method:
    """An operation as a method: its module is loaded when it is first asked for."""

    def __init__(self, word: str) -> None:
        self._word = word

    def __get__(self, kb: "KnowledgeBase | None", owner: type) -> "Callable[..., object]":
        function = load_operation(self._word)
        return function if kb is None else MethodType(function, kb.base)


def _method(
    word: str, function: "Callable[[], Callable[Concatenate[Base, Parameters], Answer]]"
) -> "Callable[Concatenate[KnowledgeBase, Parameters], Answer]":
    """The method for a word. Only a type checker looks into `function`: it says what is taken and returned."""
    del function
    return _Method(word)  # type: ignore[return-value]


class KnowledgeBase:
    """An opened knowledge base. Each method is the command of that name, and says in its help what it takes.

    Methods take plain values and return frozen data, the same that the command line shows; they raise
    `kbcli.errors.KbError` where they cannot do their job. Safe in threads and in processes that live long.
    """

    def __init__(self, base: Base) -> None:
        self.base = base

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str] | None = None,
        *,
        today: date | None = None,
        actor: str = "",
        say: Callable[[str], None] = say_nothing,
        show_progress: ShowProgress = show_nothing,
    ) -> "KnowledgeBase":
        """The knowledge base in a folder, else the one that `kb` would find here.

        `today` is the day to judge by, else each day's own (UTC). `actor` is who verifies and flags, else
        whom git knows. `say` takes lines of talk. Raises NoKnowledgeBaseError.
        """
        day = find_utc_day if today is None else lambda: today
        base = Base(folder, today=day, actor=actor, say=say, show_progress=show_progress)
        _ = base.root  # found now, so that a change of the working folder does not matter
        return cls(base)

    search = _method("search", lambda: search_cards)
    show = _method("show", lambda: show_card)
    list = _method("list", lambda: list_cards)
    log = _method("log", lambda: log_card)
    new = _method("new", lambda: new_card)
    edit = _method("edit", lambda: edit_card)
    verify = _method("verify", lambda: verify_cards)
    review = _method("review", lambda: review_cards)
    flag = _method("flag", lambda: flag_card)
    unflag = _method("unflag", lambda: unflag_card)
    mv = _method("mv", lambda: move_card)
    stale = _method("stale", lambda: list_stale_cards)
    report = _method("report", lambda: report_trust)
    check = _method("check", lambda: check_cards)
    translations = _method("translations", lambda: list_translations)
    duplicates = _method("duplicates", lambda: find_duplicates)
    eval = _method("eval", lambda: evaluate_search)
    init = _method("init", lambda: init_base)
    manual = _method("manual", lambda: read_manual)
    doctor = _method("doctor", lambda: diagnose)
    index = _method("index", lambda: sync_index)
