"""What kb can do, one file each: an opened base and plain values in, frozen data out.

`OPERATIONS` is the one registry: the words, and the function of each; one of two words lies in the folder of the first.
Doors call them; render knows how to show what they return.
"""

from collections.abc import Callable, Mapping

from kbcli.foundation.typed import Any

OPERATIONS: Mapping[str, str] = {
    "search": "search_cards",
    "show": "show_card",
    "reply": "reply_with_card",
    "link": "link_ticket",
    "gaps": "list_gaps",
    "gaps take": "take_gap",
    "gaps close": "close_gap",
    "affected": "find_affected",
    "list": "list_cards",
    "log": "log_card",
    "new": "new_card",
    "edit": "edit_card",
    "verify": "verify_cards",
    "review": "review_cards",
    "flag": "flag_card",
    "unflag": "unflag_card",
    "mv": "move_card",
    "stale": "list_stale_cards",
    "digest": "digest_cards",
    "report": "report_trust",
    "check": "check_cards",
    "translations": "list_translations",
    "duplicates": "find_duplicates",
    "eval": "evaluate_search",
    "init": "init_base",
    "manual": "read_manual",
    "doctor": "diagnose",
    "index": "sync_index",
    "index push": "push_index",
    "shift list": "list_shifts",
    "shift brief": "brief_shift",
    "shift end": "end_shift",
    "shift plan": "plan_shifts",
    "shift swap": "swap_shifts",
    "shift away": "note_absence",
    "shift leave": "note_leaving",
    "shift report": "report_shifts",
    "shift feed": "feed_shifts",
    "tickets import": "import_export",
    "tickets search": "search_tickets",
    "tickets show": "show_ticket",
    "tickets status": "describe_tickets",
    "tickets forget": "forget_tickets",
    "tickets pack": "pack_tickets",
    "tickets push": "push_tickets",
    "tickets export": "export_tickets",
    "week": "report_week",
    "top-ten draft": "draft_top_ten",
    "top-ten show": "show_top_ten",
    "top-ten review": "review_top_ten",
    "hand-over": "hand_over_row",
    "renewals": "list_renewals",
}


def name_module(word: str) -> str:
    """Where the file of a command lies in its folders, dots for slashes and underscores for hyphens; a word of Python's own has one more."""
    from keyword import iskeyword

    return ".".join(f"{part}_" if iskeyword(part) else part for part in word.replace("-", "_").split())


def load_operation(word: str) -> Callable[..., Any]:
    """The function behind a word of OPERATIONS; its module is imported now. Raises KeyError."""
    from importlib import import_module

    function: Callable[..., Any] = getattr(
        import_module(f"kbcli.operations.{name_module(word)}"), OPERATIONS[word]
    )
    return function
