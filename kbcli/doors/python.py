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

    from kbcli.operations import (
        affected,
        check,
        digest,
        doctor,
        duplicates,
        edit,
        eval as eval_,
        flag,
        gaps,
        hand_over,
        index,
        init,
        link,
        list as list_,
        log,
        manual,
        mv,
        new,
        renewals,
        reply,
        report,
        review,
        search,
        show,
        stale,
        translations,
        unflag,
        verify,
        week,
    )
    from kbcli.operations.gaps import close as gaps_close_, take as gaps_take_
    from kbcli.operations.index import push as index_push_
    from kbcli.operations.shift import (
        away as shift_away_,
        brief as shift_brief_,
        end as shift_end_,
        feed as shift_feed_,
        leave as shift_leave_,
        list as shift_list_,
        plan as shift_plan_,
        report as shift_report_,
        swap as shift_swap_,
    )
    from kbcli.operations.tickets import (
        export as tickets_export_,
        forget as tickets_forget_,
        import_ as tickets_import_,
        pack as tickets_pack_,
        push as tickets_push_,
        search as tickets_search_,
        show as tickets_show_,
        status as tickets_status_,
    )
    from kbcli.operations.top_ten import (
        draft as top_ten_draft_,
        review as top_ten_review_,
        show as top_ten_show_,
    )

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

    search = _method("search", lambda: search.search_cards)
    show = _method("show", lambda: show.show_card)
    reply = _method("reply", lambda: reply.reply_with_card)
    link = _method("link", lambda: link.link_ticket)
    gaps = _method("gaps", lambda: gaps.list_gaps)
    gaps_take = _method("gaps take", lambda: gaps_take_.take_gap)
    gaps_close = _method("gaps close", lambda: gaps_close_.close_gap)
    affected = _method("affected", lambda: affected.find_affected)
    list = _method("list", lambda: list_.list_cards)
    log = _method("log", lambda: log.log_card)
    new = _method("new", lambda: new.new_card)
    edit = _method("edit", lambda: edit.edit_card)
    verify = _method("verify", lambda: verify.verify_cards)
    review = _method("review", lambda: review.review_cards)
    flag = _method("flag", lambda: flag.flag_card)
    unflag = _method("unflag", lambda: unflag.unflag_card)
    mv = _method("mv", lambda: mv.move_card)
    stale = _method("stale", lambda: stale.list_stale_cards)
    digest = _method("digest", lambda: digest.digest_cards)
    report = _method("report", lambda: report.report_trust)
    check = _method("check", lambda: check.check_cards)
    translations = _method("translations", lambda: translations.list_translations)
    duplicates = _method("duplicates", lambda: duplicates.find_duplicates)
    eval = _method("eval", lambda: eval_.evaluate_search)
    init = _method("init", lambda: init.init_base)
    manual = _method("manual", lambda: manual.read_manual)
    doctor = _method("doctor", lambda: doctor.diagnose)
    index = _method("index", lambda: index.sync_index)
    index_push = _method("index push", lambda: index_push_.push_index)
    shift_list = _method("shift list", lambda: shift_list_.list_shifts)
    shift_plan = _method("shift plan", lambda: shift_plan_.plan_shifts)
    shift_swap = _method("shift swap", lambda: shift_swap_.swap_shifts)
    shift_away = _method("shift away", lambda: shift_away_.note_absence)
    shift_leave = _method("shift leave", lambda: shift_leave_.note_leaving)
    shift_brief = _method("shift brief", lambda: shift_brief_.brief_shift)
    shift_end = _method("shift end", lambda: shift_end_.end_shift)
    shift_report = _method("shift report", lambda: shift_report_.report_shifts)
    shift_feed = _method("shift feed", lambda: shift_feed_.feed_shifts)
    tickets_import = _method("tickets import", lambda: tickets_import_.import_export)
    tickets_export = _method("tickets export", lambda: tickets_export_.export_tickets)
    tickets_forget = _method("tickets forget", lambda: tickets_forget_.forget_tickets)
    tickets_pack = _method("tickets pack", lambda: tickets_pack_.pack_tickets)
    tickets_push = _method("tickets push", lambda: tickets_push_.push_tickets)
    tickets_search = _method("tickets search", lambda: tickets_search_.search_tickets)
    tickets_show = _method("tickets show", lambda: tickets_show_.show_ticket)
    tickets_status = _method("tickets status", lambda: tickets_status_.describe_tickets)
    week = _method("week", lambda: week.report_week)
    top_ten_draft = _method("top-ten draft", lambda: top_ten_draft_.draft_top_ten)
    top_ten_show = _method("top-ten show", lambda: top_ten_show_.show_top_ten)
    top_ten_review = _method("top-ten review", lambda: top_ten_review_.review_top_ten)
    hand_over = _method("hand-over", lambda: hand_over.hand_over_row)
    renewals = _method("renewals", lambda: renewals.list_renewals)
