"""What a push of tickets did."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.tickets.push import PushedTickets
from kbcli.render.escape import format_rows, make_line
from kbcli.render.formats import Output, View

UNCLEAN = "what was erased may still be in files of the engine, until the next push or erasure"


def format_pushed(result: PushedTickets, view: View) -> Output:
    """What the engine has now."""
    pushed = result.pushed
    how = f"{pushed.written} written{' into an index made anew' if pushed.is_full else ''}, {pushed.deleted} deleted now"
    text = f"{make_line(result.name)}: {count_things(pushed.tickets, 'ticket')}; {how}\n"
    return Output(text, list_pushed_rows(result, view).talk)


def list_pushed_rows(result: PushedTickets, _view: View) -> Output:
    """Name, tickets, tickets written and deleted now."""
    pushed = result.pushed
    talk = [f"{UNCLEAN}: {make_line(pushed.unclean)}"] if pushed.unclean else []
    talk += ["stopped: the next kb tickets push goes on from here"] if pushed.is_interrupted else []
    row = (result.name, pushed.tickets, pushed.written, pushed.deleted)
    return Output(format_rows([row]), tuple(talk))


def describe_pushed(result: PushedTickets) -> dict[str, object]:
    """The data of `kb tickets push`."""
    pushed = result.pushed
    return {
        "name": result.name,
        "tickets": pushed.tickets,
        "written": pushed.written,
        "deleted": pushed.deleted,
        "full": pushed.is_full,
        "unclean": pushed.unclean or None,
        "interrupted": pushed.is_interrupted,
    }
