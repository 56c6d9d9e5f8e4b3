"""Link: note which cards answered a ticket, or that none did."""

from collections.abc import Callable, Iterator, Sequence

from kbcli.config import Config, load_user_settings
from kbcli.errors import KbError, UsageError
from kbcli.foundation.git.revisions import read_branch
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.references import load_card
from kbcli.operations.base import Base, keep_changes
from kbcli.support.links import list_files
from kbcli.support.links.lines import (
    NONE,
    OUTCOMES,
    USED,
    VOID,
    LinkLine,
    append_lines,
    key_ticket,
    make_id,
    read_lines,
    read_question,
    read_ticket_name,
)
from kbcli.support.links.use import keep_use

_LEAST_KEY = 16
_NO_CARD = 'Name one, or say what was asked: --none "export as PDF".'


class TicketLinks(NamedTuple):
    """What was noted about a ticket now: the lines, or those undone, and where (path below the base, "" for nowhere)."""

    ticket: str
    lines: tuple[LinkLine, ...]
    path: str = ""
    undone: bool = False


def link_ticket(
    kb: Base,
    ticket: str,
    cards: Sequence[str] = (),
    *,
    none: str | None = None,
    outcome: str = USED,
    undo: bool = False,
    commit: bool = False,
) -> TicketLinks:
    """Note that a ticket was answered from these cards, or with `none` what was asked and not found.

    `outcome` is one of OUTCOMES: the card was `used`, or `fixed` or `flagged` on the way. What is noted already is
    not noted again. `undo` takes back all that is noted of the ticket, or its links to `cards`. With `commit` the
    file is committed. Raises UsageError where it is not clear what to note, RefusedError for a ticket or a question
    that holds personal data, KbError for an unknown card.
    """
    name = name_ticket(kb, ticket)
    if none is not None and (cards or undo):
        raise UsageError("--none says that no card fitted", "Name no card, and do not undo.")
    if none is None and not cards and not undo:
        raise UsageError("which card answered it?", _NO_CARD)
    if outcome not in OUTCOMES:
        raise UsageError(f"there is no outcome “{outcome}”", f"Use one of: {', '.join(OUTCOMES)}.")
    config, today = kb.config, kb.today
    found = [load_card(config, card) for card in cards]
    files, (all_lines, _) = list_files(config.root, config.boundary), read_lines(config.root, config.boundary)
    known = [line for line in all_lines if line.ticket == name]
    if undo:
        ids = {name for card in found for name in (card.id, *card.former_ids)}
        lines = tuple(line for line in known if not ids or line.card in ids)
        made = [LinkLine(line.id, today, name, outcome=VOID) for line in lines]
    else:
        new = [LinkLine(make_id(), today, name, card.id, card.digest, outcome) for card in found]
        if none is not None:
            new = [LinkLine(make_id(), today, name, outcome=NONE, asked=read_question(none))]
        lines = tuple(_leave_out_known(new, known))
        made = list(lines)
    if not made:
        return TicketLinks(name, (), undone=undo)
    path = keep_lines(kb, config, made, f"Link {name}", commit=commit)
    if path not in files and not commit and config.git_root is not None:
        kb.say("the line is in a new file: git add support/links with your next commit, or use --commit")
    left = [line for line in all_lines if line not in lines] if undo else [*all_lines, *made]
    keep_use(config.root, list_files(config.root, config.boundary), left, today)
    return TicketLinks(name, lines, path, undo)


def name_ticket(kb: Base, ticket: str) -> str:
    """What lines call a ticket: its name, or with `refs = "keyed"` in kb.toml a keyed one that does not tell it.

    Raises RefusedError for what is no name, or holds personal data; KbError where the key is missing or weak.
    """
    name = read_ticket_name(ticket)
    if kb.config.refs == "plain":
        return name
    settings = load_user_settings()
    for warning in settings.warnings:
        kb.say(warning)
    if len(settings.ref_key) < _LEAST_KEY:
        what = f"has fewer than {_LEAST_KEY} characters" if settings.ref_key else "is not known here"
        hint = f"Set KB_REF_KEY, or ref_key in {settings.path}, to your team's key (kb manual link)."
        raise KbError(f"kb.toml wants tickets named by a key (refs), which {what}", hint)
    return key_ticket(name, settings.ref_key)


def make_namer(kb: Base) -> Callable[[str], frozenset[str]]:
    """What gives all names by which lines may call a ticket `zendesk:35436`: also its number alone, and where the key is known keyed ones."""
    key = load_user_settings().ref_key if kb.config.refs != "plain" else ""

    def list_names(name: str) -> frozenset[str]:
        plain = {name, name.partition(":")[2]} - {""}
        return frozenset(plain | {key_ticket(one, key) for one in plain if key})

    return list_names


def keep_lines(kb: Base, config: Config, lines: Sequence[LinkLine], subject: str, *, commit: bool) -> str:
    """Write lines into this clone's file of the branch, and commit it if that is wanted; its path. Raises as `append_lines`."""
    path = append_lines(config.root, config.boundary, read_branch(config.root), lines)
    if commit:
        keep_changes(kb, config, (path,), subject, commit=True)
    return path


def _leave_out_known(new: Sequence[LinkLine], known: Sequence[LinkLine]) -> Iterator[LinkLine]:
    noted = set(map(_name_fact, known))
    for line in new:
        if (fact := _name_fact(line)) not in noted:
            noted.add(fact)
            yield line


def _name_fact(line: LinkLine) -> tuple[str, ...]:
    """What a line says of its ticket, whenever it says it."""
    return line.card, line.digest, line.outcome, line.asked.casefold()
