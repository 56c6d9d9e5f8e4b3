"""The manual's contents and its pages."""

from kbcli.knowledge.cards.model import Card
from kbcli.operations.manual import ManualContents, ManualPage, name_page
from kbcli.render.ansi import paint
from kbcli.render.formats import View


def format_contents_table(contents: ManualContents, view: View) -> str:
    """Name and title of each page, and how to read one."""
    width = max((len(name_page(card)) for card in contents.pages), default=0)
    lines = [
        f"{paint(name_page(card).ljust(width), 'cyan', color=view.color)}  {card.title}\n"
        for card in contents.pages
    ]
    return "".join(lines) + "\nkb manual NAME shows a page, kb manual WORDS looks for one.\n"


def list_contents_rows(contents: ManualContents, _view: View) -> list[tuple[str, str]]:
    """One page a row: name, title."""
    return [(name_page(card), card.title) for card in contents.pages]


def describe_contents(contents: ManualContents) -> dict[str, object]:
    """The data of `kb manual` without words."""
    return {"pages": [_describe(card) for card in contents.pages]}


def format_page_table(found: ManualPage, view: View) -> str:
    """The page for a terminal, and the names of others that may answer too."""
    from kbcli.render.cards import format_body

    page = found.page
    if page is None:
        return ""
    title = paint(page.title, "bold", color=view.color)
    body = format_body(page, found.today, width=view.width, color=view.color, name_link=_name_link)
    others = "".join(f"  {name_page(card)}  {card.title}\n" for card in found.see_also)
    return f"{title}\n\n{body}" + (f"\nSee also:\n{others}" if others else "")


def _name_link(target: str) -> str:
    """How a terminal gets to another page: `../verification.md` is `kb manual verification`."""
    path, _, _ = target.partition("#")
    if ":" in path or not path.endswith(".md"):
        return target
    return f"kb manual {path.lstrip('./').removesuffix('.md')}"


def format_page_text(found: ManualPage, _view: View) -> str:
    """The Markdown of the page."""
    return f"# {found.page.title}\n\n{found.page.body.strip()}\n" if found.page is not None else ""


def describe_page(found: ManualPage) -> dict[str, object]:
    """The data of `kb manual WORDS`."""
    page = found.page
    return {
        "query": found.asked,
        "page": {**_describe(page), "body": page.body} if page is not None else None,
        "see_also": [_describe(card) for card in found.see_also],
    }


def _describe(card: Card) -> dict[str, str]:
    return {"name": name_page(card), "id": card.id, "title": card.title}
