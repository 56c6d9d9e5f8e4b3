"""What became of an import of tickets."""

from collections.abc import Iterator

from kbcli.foundation.text.counts import count_things
from kbcli.operations.tickets.import_ import ImportedTickets
from kbcli.render.escape import format_rows, make_line
from kbcli.render.formats import Output, View

_WORDS = (
    ("added", "added"),
    ("changed", "changed"),
    ("unchanged", "known already"),
    ("older", "known in a newer state"),
    ("gone", "spam, deleted or merged in the help desk"),
    ("erased", "kept out by an erasure"),
    ("expired", "opened before {first_day}"),
    ("broken", "could not be read"),
)


def format_imported(result: ImportedTickets, _view: View) -> Output:
    """The counts in words, a line each, then how much is held; what could not be read is said before."""
    counts, first_day = result.imported.counts, result.retention.first_day
    lines = [
        f"{counts[name]:>9,}  {words.format(first_day=first_day)}"
        for name, words in _WORDS
        if counts.get(name)
    ]
    lines += [f"{number:>9,}  left out: {make_line(why)}" for why, number in result.imported.left_out.items()]
    if result.expired:
        lines.append(f"{result.expired:>9,}  erased, as they outlived {result.retention.keep}")
    lines.append(f"{count_things(result.held, 'ticket')} in {make_line(result.folder)}")
    return Output(
        "".join(f"{line}\n" for line in lines), tuple(_list_talk(result)), tuple(_list_broken(result))
    )


def _list_broken(result: ImportedTickets) -> Iterator[str]:
    for one in result.imported.broken:
        yield f"{one.path}:{one.line}: {one.why}"
    if (more := result.imported.counts.get("broken", 0) - len(result.imported.broken)) > 0:
        yield f"{more} more could not be read"


def _list_talk(result: ImportedTickets) -> Iterator[str]:
    if result.imported.is_interrupted:
        yield "stopped; what was written is whole, and the same command goes on from there"
    elif result.imported.counts.get("added") and not result.imported.counts.get("unchanged"):
        yield "names in prose are mostly not found by rules: look at a few with kb tickets show"


def list_imported_rows(result: ImportedTickets, _view: View) -> Output:
    """Name and number of each count."""
    counts = {**result.imported.counts, "outlived": result.expired, "held": result.held}
    return Output(format_rows(counts.items()), tuple(_list_talk(result)), tuple(_list_broken(result)))


def describe_imported(result: ImportedTickets) -> dict[str, object]:
    """The data of `kb tickets import`."""
    imported = result.imported
    return {
        "counts": imported.counts,
        "left_out": imported.left_out,
        "broken": [one._asdict() for one in imported.broken],
        "interrupted": imported.is_interrupted,
        "outlived": result.expired,
        "index_rebuilt": result.is_rebuilt,
        "held": result.held,
        "folder": result.folder,
        "keep": result.retention.keep,
    }
