"""`kb manual`: the manual of kb, searched and shown in the terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.old_options import FormatOption
from kbcli.doors.cli.session import Session

if TYPE_CHECKING:
    from kbcli.knowledge.cards.model import Card
    from kbcli.knowledge.search.manual import Manual

EXAMPLES = """Examples:

\b
  kb manual                     what there is
  kb manual how do I verify     the page that answers it
  kb manual kb.toml             a page by its name

Works anywhere, without a knowledge base. In a pipe: name and title, tab-separated; one page is
its Markdown. Exits with 1 when nothing was found.
"""


def register(app: typer.Typer) -> None:
    """Add `kb manual`."""
    app.command("manual", epilog=EXAMPLES)(manual)


def complete_pages(incomplete: str) -> list[str]:
    """Names of pages that begin with what was typed."""
    from kbcli.knowledge.search.manual import load_manual

    return [name for card in load_manual().cards if (name := name_page(card)).startswith(incomplete)]


def manual(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORDS]…", help="A question, or the name of a page.", autocompletion=complete_pages
        ),
    ] = None,
    output: FormatOption = None,
) -> int:
    """Show the manual of kb: its contents, or the page that answers a question."""
    from kbcli.knowledge.search.manual import load_manual

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    book = load_manual()
    if not words:
        _write_contents(session, book, form)
        return 0
    asked = " ".join(words)
    page = book.find_card(asked) or book.find_card("-".join(words))
    others: list[Card] = []
    if page is None:
        found = book.search(asked, session.today)
        by_path = {card.path: card for card in book.cards}
        pages = [by_path[hit.record.path] for hit in found.hits]
        if not pages:
            session.say(f"the manual has nothing on “{asked}”; its contents: kb manual")
        page, others = (pages[0] if pages else None), pages[1:]
    _write_page(session, asked, page, others, form)
    return 0 if page is not None else 1


def name_page(card: "Card") -> str:
    """What a page is called on the command line."""
    return card.id.partition("/")[2]


def _write_contents(session: Session, book: "Manual", form: str) -> None:
    if form == "json":
        from kbcli.render.json import format_envelope

        session.write(format_envelope("manual", {"pages": [_describe(card) for card in book.cards]}))
        return
    from kbcli.render.ansi import paint

    width = max((len(name_page(card)) for card in book.cards), default=0)
    lines = [
        f"{name_page(card)}\t{card.title}\n" if form == "plain"
        else f"{paint(name_page(card).ljust(width), 'cyan', color=session.color)}  {card.title}\n"
        for card in book.cards
    ]  # fmt: skip
    if form == "table":
        lines.append("\nkb manual NAME shows a page, kb manual WORDS looks for one.\n")
        session.page("".join(lines))
    else:
        session.write("".join(lines))


def _describe(card: "Card") -> dict[str, str]:
    return {"name": name_page(card), "id": card.id, "title": card.title}


def _write_page(session: Session, asked: str, page: "Card | None", others: "list[Card]", form: str) -> None:
    if form == "json":
        from kbcli.render.json import format_envelope

        shown = {**_describe(page), "body": page.body} if page is not None else None
        session.write(
            format_envelope(
                "manual", {"query": asked, "page": shown, "see_also": [_describe(card) for card in others]}
            )
        )
        return
    if page is None:
        return
    if form == "plain":
        session.write(f"# {page.title}\n\n{page.body.strip()}\n")
        return
    from kbcli.render.ansi import paint
    from kbcli.render.cards import format_body

    text = (
        paint(page.title, "bold", color=session.color)
        + "\n\n"
        + format_body(page, session.today, width=session.width, color=session.color)
    )
    if others:
        text += "\nSee also:\n" + "".join(f"  {name_page(card)}  {card.title}\n" for card in others)
    session.page(text)
