"""The state of the search index."""

from collections.abc import Iterable

from kbcli.foundation.text.counts import count_things
from kbcli.operations.index import SyncedIndex
from kbcli.operations.index.push import PushedIndex
from kbcli.render.escape import make_line
from kbcli.render.formats import Output, View


def format_index_table(index: SyncedIndex, _view: View) -> Output:
    """What the index holds, where it lies and how changes are found; what is wrong with it beside."""
    state = index.state
    how = "git says what changed" if state.asks_git else "every file's date and size are compared"
    held = f"{state.documents} cards in {state.segments} segments, {state.size / 1e6:.1f} MB"
    text = f"{held}; {index.indexed_now} indexed now\n{make_line(state.path)}\nBefore each search {how}.\n"
    problem = index.temporary or state.problem
    return Output(text, (problem,) if problem else ())


def list_index_rows(index: SyncedIndex, _view: View) -> Iterable[tuple[str, object]]:
    """The data, one entry a row: name and value."""
    return describe_index(index).items()


def describe_index(index: SyncedIndex) -> dict[str, object]:
    """The data of `kb index`."""
    state = index.state
    return {
        "path": state.path,
        "documents": state.documents,
        "segments": state.segments,
        "size": state.size,
        "indexed_now": index.indexed_now,
        "asks_git": state.asks_git,
        "temporary": index.temporary or None,
        "problem": state.problem or None,
    }


def format_pushed(result: PushedIndex, _view: View) -> Output:
    """What the engine has now."""
    how = "all written into an index built anew" if result.full else f"{result.written} written now"
    held = f"{count_things(result.cards, 'card')} of {result.commit[:12]}"
    return Output(f"{make_line(result.name)}: {held}; {how}\n")


def list_pushed_rows(result: PushedIndex, _view: View) -> list[tuple[object, ...]]:
    """Name, commit, cards, cards written now."""
    return [(result.name, result.commit, result.cards, result.written)]
