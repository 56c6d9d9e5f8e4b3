"""Tickets forget: erase a customer, or tickets, for good; the counts stay."""

from collections.abc import Sequence
from contextlib import suppress

from kbcli.errors import KbError, UsageError
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base, keep_changes
from kbcli.operations.link import name_ticket
from kbcli.operations.tickets import begin_tickets
from kbcli.operations.tickets.import_ import refresh_index
from kbcli.support.links.erasing import erase_lines
from kbcli.support.tickets.forgetting import Erasable, erase, find_erasable
from kbcli.support.tickets.recording import Recorder


class ForgottenTickets(NamedTuple):
    """What was erased, or with `is_planned` would be: how many tickets, and lines of links in which files.

    `companies` are how many records of companies were erased. Where an engine is set, `engine` is how many were
    deleted there (None: none is set), and `unreached` why what it holds is not, or not wholly, erased ("": it is).
    """

    tickets: int
    companies: int
    lines: int
    files: tuple[str, ...]
    is_planned: bool = False
    engine: int | None = None
    unreached: str = ""


def forget_tickets(
    kb: Base,
    *,
    customer: Sequence[str] = (),
    ticket: Sequence[str] = (),
    company: Sequence[str] = (),
    dry_run: bool = False,
) -> ForgottenTickets:
    """Erase all that customers (an address, or the help desk's ID) said, or these tickets, from record, index and links.

    Of a `company` (its name, or `zendesk:77`) the record is erased: name, tier, renewal. A later import does not bring
    any of it back. With `dry_run` nothing is erased. Raises UsageError where nothing is named, KbError.
    """
    if not (customer or ticket or company):
        raise UsageError(
            "what is to be forgotten?", "Name it: --customer ada@example.com, or --ticket 35436."
        )
    with begin_tickets(kb) as recorder:
        sources = recorder.list_sources()
        names = [name for one in ticket for name in _name_tickets(one, sources)]
        erasable = find_erasable(recorder, customer, names, sources)
        if dry_run:
            return ForgottenTickets(len(erasable.rows), 0, 0, (), is_planned=True)
        # While their names are known: what is stopped after this, and begun again, finds the tickets by the record.
        files, lines = _erase_links(kb, erasable)
        if customer or ticket:
            erase(recorder, erasable, kb.today)
        companies = 0
        if company:
            with recorder.transaction():
                companies = recorder.erase_companies(company, kb.today, sources)
        refresh_index(kb, recorder)
        engine, unreached = _erase_on_engine(kb, recorder)
    return ForgottenTickets(
        len(erasable.rows), companies, lines, tuple(files), engine=engine, unreached=unreached
    )


def _erase_on_engine(kb: Base, recorder: Recorder) -> tuple[int | None, str]:
    """Erase there all that this archive keeps out and the engine does not yet: how many, and why it is not done ("": it is).

    What is not done is done by the next push or erasure, as it is known from the archive.
    """
    name = kb.config.engine_index
    if not name:
        return None, ""
    from kbcli.foundation.opensearch.access import EngineError
    from kbcli.knowledge.index.opensearch.opening import find_engine
    from kbcli.support.tickets.engine.pushing import Push, has_tickets

    engine = find_engine()
    if engine is None:
        return None, "no engine is set for you, and kb.toml names an index of one"
    try:
        if not has_tickets(engine, name):
            return None, ""
        with Push(recorder, engine, name) as push, kb.show_progress("erasing on the engine"):
            deleted = push.hold_erasures()
            return deleted, push.clean()
    except EngineError as error:
        return 0, error.reason
    except KbError as error:
        return 0, error.message


def _name_tickets(ticket: str, sources: Sequence[str]) -> list[str]:
    """What a number may call; a name is itself."""
    name = ticket.strip()
    if ":" in name:
        return [name]
    if len(sources) > 1:
        raise UsageError(f"several help desks may have a ticket {name}", f"Name it as {sources[0]}:{name}.")
    return [f"{source}:{name}" for source in sources]


def _erase_links(kb: Base, erasable: Erasable) -> tuple[list[str], int]:
    config = kb.config
    called: set[str] = set()
    for name in erasable.names:
        called |= {name, name.partition(":")[2]}
        with suppress(KbError):
            called |= {name_ticket(kb, name), name_ticket(kb, name.partition(":")[2])}
    files, lines = erase_lines(config.root, config.boundary, called)
    if files:
        keep_changes(kb, config, files, "", commit=False)
    return files, lines
