"""`kb index`: the state of the search index. Nobody needs it for right answers: every search syncs."""

from typing import Annotated

import typer

from kbcli.doors.cli.old_options import FormatOption
from kbcli.doors.cli.session import Session

EXAMPLES = """Examples:

\b
  kb index             bring it in step with the files now, and say what it holds
  kb index --rebuild   build it anew

Every search does this by itself. The index lies in your cache folder, never in the repository.
In a pipe: name and value, tab-separated.
"""


def register(app: typer.Typer) -> None:
    """Add `kb index`."""
    app.command("index", epilog=EXAMPLES)(index)


def index(
    ctx: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build it anew, whatever is there.")] = False,
    output: FormatOption = None,
) -> int:
    """Bring the search index in step with the files, and say its state. Every search does so by itself."""
    from kbcli.knowledge.index.sync import describe_index, open_index, rebuild_index

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    with session.show_progress("indexing") as progress:
        build = rebuild_index if rebuild else open_index
        opened = build(session.config, progress=progress, notice=session.say)
    state = describe_index(session.config)
    data = {
        "path": state.path, "documents": state.documents, "segments": state.segments, "size": state.size,
        "indexed_now": opened.built, "asks_git": state.asks_git, "temporary": opened.temporary or None,
        "problem": state.problem or None,
    }  # fmt: skip
    opened.close()
    if form == "json":
        from kbcli.render.json import format_envelope

        session.write(format_envelope("index", data))
        return 0
    from kbcli.render.escape import escape_field, make_line

    if form == "plain":
        session.write(
            "".join(
                f"{name}\t{escape_field('' if value is None else str(value))}\n"
                for name, value in data.items()
            )
        )
        return 0
    how = "git says what changed" if state.asks_git else "every file's date and size are compared"
    session.write(
        f"{state.documents} cards in {state.segments} segments, {state.size / 1e6:.1f} MB; {opened.built} indexed now\n"
    )
    session.write(f"{make_line(state.path)}\nBefore each search {how}.\n")
    if problem := opened.temporary or state.problem:
        session.say(problem)
    return 0
