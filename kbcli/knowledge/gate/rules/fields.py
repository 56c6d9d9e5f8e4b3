"""bad-encoding, bad-field, bad-front-matter, merge-conflict, missing-interval, missing-owner, missing-title, old-digest, unknown-owner, unreadable: what a file holds or lacks."""

from functools import partial

from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import is_of_project, is_piece, leads_on
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, identify_by_message, report_card
from kbcli.knowledge.trust.dependencies import STAMP, leaves_repository
from kbcli.knowledge.trust.states import is_digest

_OPENAPI, _TITLE_BLOCK = "openapi", "content_for :title"
# What shows a page without a title by its H1, or else by its file's name; by its H1 only.
_NAMED_BY_FILE = ("obsidian", "mkdocs", "docusaurus")
_NAMED_BY_HEADING = ("vitepress", "myst", "mdbook", "docsify")


def find_noted(rule: str, context: CheckContext) -> Findings:
    """What reading noted under the ID of a rule (see `cards.reader`)."""
    yield from context.report_problems(rule)


def find_bad_fields(context: CheckContext) -> Findings:
    """Values of the wrong kind, misspelt names, digests that are none, references to no card."""
    yield from context.report_problems("bad-field")
    for card in context.cards:
        if not card.lines:
            continue
        yield from _judge_never(card, context)
        yield from _judge_digests(card)
        yield from _judge_source(card, context)


def _judge_never(card: Card, context: CheckContext) -> Findings:
    # A `never` that kb.toml gives to a folder has its reason there, in a comment.
    if "verify_every" not in card.lines or card.verify_every is None or not card.verify_every.is_never:
        return
    if not card.verify_never_reason:
        name = context.config.field_name("verify_never_reason")
        yield report_card(
            "bad-field",
            card,
            "it is never due, and does not say why",
            f"Add {name}, or an interval such as 1y.",
            line=card.line_of("verify_every"),
            subject="verify_every",
        )


def _judge_digests(card: Card) -> Findings:
    stamps = (
        (
            "verified_digest",
            card.verified_digest,
            not card.verified_digest or is_digest(card.verified_digest),
        ),
        (
            "translation_digest",
            card.translation_digest,
            not card.translation_digest or is_digest(card.translation_digest),
        ),
        (
            "depends_digest",
            card.depends_digest,
            not card.depends_digest or bool(STAMP.match(card.depends_digest)),
        ),
    )
    for name, value, good in stamps:
        if not good:
            yield report_card(
                "bad-field",
                card,
                f"“{value[:60]}” is not a digest",
                f"Check the card, then run `kb verify {card.id}`, which writes it.",
                line=card.line_of(name),
                subject=name,
            )


def find_old_digests(context: CheckContext) -> Findings:
    """Stamps of the first scheme, which kb no longer writes."""
    for card in context.cards:
        for name in ("verified_digest", "translation_digest", "depends_digest"):
            stamp = getattr(card, name)
            if not stamp.startswith("v1:"):
                continue
            yield report_card(
                "old-digest",
                card,
                f"“{stamp[:19]}” is a digest of the first scheme",
                f"Get a newer kb and run `kb verify {card.id}`, or `kb verify --pin` where the text is as verified.",
                line=card.line_of(name),
                subject=f"{name} {stamp}",
            )


def _judge_source(card: Card, context: CheckContext) -> Findings:
    source = card.translation_of
    if "translation_of" not in card.lines or not source or leaves_repository(source):
        return
    if context.library.find_id(source) is None and context.library.read_absent(source) is None:
        yield report_card(
            "bad-field",
            card,
            f"translation_of “{source}” {context.library.explain_submodule(context.prefix + source) or 'names no card'}",
            "Write the ID of the card that this translates.",
            line=card.line_of("translation_of"),
            subject="translation_of",
        )


def find_missing_intervals(context: CheckContext) -> Findings:
    """Verified active cards with neither an interval nor a due date."""
    for card in context.cards:
        if (
            card.verified is None
            or card.status != "active"
            or card.verify_every is not None
            or card.due_on is not None
        ):
            continue
        if context.has_bad_field(card, "verify_every") or context.has_bad_field(card, "due"):
            continue
        name = context.config.field_name("verify_every")
        yield report_card(
            "missing-interval",
            card,
            "it is verified, but nothing says when it falls due",
            f"Add {name}:, or verify_every to kb.toml for all cards.",
            line=card.line_of("verified"),
        )


def find_missing_owners(context: CheckContext) -> Findings:
    """Active cards without an owner: their own, by a default of kb.toml, or by CODEOWNERS."""
    book = context.codeowners
    for card in context.cards:
        if not card.owners and card.status == "active" and not context.has_bad_field(card, "owner"):
            if book is not None and book.find_owners(context.prefix + card.path):
                continue
            name = context.config.field_name("owner")
            yield report_card(
                "missing-owner",
                card,
                "nobody owns it",
                f"Add {name}: to its front matter, or a default for its folder to kb.toml.",
            )


def find_missing_titles(context: CheckContext) -> Findings:
    """Cards shown under their heading, or under the name of their file, unless the renderer does the same.

    A snippet, which other pages take in, is no page, nor are the settings of a folder and what a project says of
    itself (SECURITY.md); a README is called as its folder is.
    """
    renderer = context.config.renderer.partition("-")[0]
    if renderer in _NAMED_BY_FILE:
        return
    untitled = [
        card
        for card in context.cards
        if not (card.own_title and not card.heading_title)
        and not (card.heading_title and renderer in _NAMED_BY_HEADING)
        and not _is_no_page(card, context.library)
        and not context.has_bad_field(card, "title")
    ]
    for card in untitled:
        if card.path in context.inclusions:
            continue
        instead = "its heading" if card.heading_title else "the name of its file"
        name = context.config.field_name("title")
        yield report_card(
            "missing-title",
            card,
            f"it has no title; {instead} is shown: “{card.title}”",
            f"Add {name}: to its front matter.",
        )


def _is_no_page(card: Card, library: Library) -> bool:
    if _OPENAPI in card.extra or _TITLE_BLOCK in card.body or leads_on(card):
        return True  # what the specification calls the operation is shown, or what a template says, or another page
    name = card.path.rpartition("/")[2]
    if name.startswith("_index."):
        return not card.body.strip()
    # Jekyll makes pages of what has front matter.
    renderer = library.config.renderer
    is_static = renderer in ("jekyll", "kramdown") and card.body_line == 1
    is_readme = name.lower().startswith("readme.")
    return is_static or is_of_project(card) or is_readme or is_piece(card, renderer, library.by_id)


def find_unknown_owners(context: CheckContext) -> Findings:
    """Owners that are no group, no member of one and nobody of `people`; judged only where kb.toml has any."""
    config = context.config
    if not config.groups and not config.people:
        return
    known = {
        name.casefold()
        for table in (config.groups, config.people)
        for entry in table.items()
        for name in (entry[0], *entry[1])
    }
    for card in context.cards:
        for owner in card.owners:
            if owner.casefold() not in known:
                yield report_card(
                    "unknown-owner",
                    card,
                    f"its owner “{owner}” is neither a group nor a person of kb.toml",
                    "Mend the name, or add it to groups or people in kb.toml.",
                    line=card.line_of("owner"),
                    subject=owner,
                )


RULES = (
    Rule(
        id="bad-encoding",
        severity="warning",
        title="A file that is not UTF-8",
        what="The file is UTF-16, holds bytes that are not UTF-8 and were read as Windows-1252, or ends lines with CR alone.",
        why="Some letters or lines may be others than those that readers see. kb writes to no file that is not UTF-8.",
        mend="Save the file as UTF-8, with LF as line ends, in your editor.",
        find=partial(find_noted, "bad-encoding"),
        archived=True,
    ),
    Rule(
        id="bad-front-matter",
        severity="error",
        title="Front matter that cannot be read",
        what="A fence is missing or damaged, other tools end it early, it is not valid, too large or too deep, or a field stands twice.",
        why="What kb cannot read it cannot trust: dates, owner and status of this card count for nothing.",
        mend="Mend the line that is named. A value with a colon, or one that begins with a mark, needs quotes.",
        find=partial(find_noted, "bad-front-matter"),
        archived=True,
    ),
    Rule(
        id="merge-conflict",
        severity="error",
        title="An unresolved merge conflict",
        what="The card holds lines of `<<<<<<<`, `=======` and `>>>>>>>` outside code.",
        why="It says two things at once, and one of them is wrong.",
        mend="Keep one side, and delete the marks.",
        find=partial(find_noted, "merge-conflict"),
        archived=True,
    ),
    Rule(
        id="unreadable",
        severity="error",
        title="A file that cannot be read",
        what="The file may not be read, is larger than 5 MB, is a broken link, no regular file, or its name is not UTF-8.",
        why="Whatever it says, nobody finds it.",
        mend="Mend the file, or exclude it in kb.toml.",
        find=partial(find_noted, "unreadable"),
        archived=True,
        identify=identify_by_message,
        of_links=True,
    ),
    Rule(
        id="bad-field",
        severity="warning",
        title="A field kb cannot use",
        what="A value of the wrong kind, a misspelt field, a digest that is none, `never` without a reason, a source that is no card.",
        why="The field is left out, so the card is not what its author thinks it is.",
        mend="Write what the message asks for.",
        find=find_bad_fields,
    ),
    Rule(
        id="old-digest",
        severity="off",
        severity_in_change="error",
        title="A digest of the first scheme",
        what="A stamp begins with `v1:`, which kb read and wrote before it had `v2:`. Of a change only new ones are found.",
        why="v1 stamps hold, but are shorter and overlook more; what writes one now is an old kb, or a hand that wants so.",
        mend="Bring kb up to date; `kb verify --pin` writes the stamps of unchanged cards anew, dates and all else staying.",
        find=find_old_digests,
        archived=True,
    ),
    Rule(
        id="missing-interval",
        severity="warning",
        title="A verified card that never falls due",
        what="The card has a verification date; neither it nor kb.toml has an interval.",
        why="Its verification would count for ever.",
        mend="Say how long a verification is good for: on the card, for its folder, or for all in kb.toml.",
        find=find_missing_intervals,
        summarised=True,
    ),
    Rule(
        id="missing-owner",
        severity="warning",
        title="A card without an owner",
        what="Neither the card, nor a default in kb.toml, nor CODEOWNERS says who is accountable for it.",
        why="When it falls due, nobody is asked.",
        mend="Name a person or a group; kb.toml can give a whole folder an owner.",
        find=find_missing_owners,
        summarised=True,
    ),
    Rule(
        id="missing-title",
        severity="warning",
        title="A card without a title",
        what="The front matter has no title, so its heading (`# …`), or else the file name, is shown. Where the renderer of the pages does the same (Obsidian, MkDocs, Docusaurus; VitePress, MyST, mdBook and docsify by the heading), of pieces (`_part.mdx`, `_parts/a.md`, in Hugo what lies beside an `index.md`), pages that only lead on (`redirect_to`), a README and what a project says of itself (`SECURITY.md`) nothing is missing.",
        why="The title is what people read first in a list of hits, and what search weighs most.",
        mend="Add a title that says what the reader wants to do, in their words.",
        find=find_missing_titles,
        summarised=True,
    ),
    Rule(
        id="unknown-owner",
        severity="warning",
        title="An owner nobody knows",
        what="The owner is neither a group of kb.toml, nor a member of one, nor listed in people.",
        why="A team that was renamed, or a person who left, verifies nothing.",
        mend="Name a group or person of kb.toml, or add this one there.",
        find=find_unknown_owners,
    ),
)
