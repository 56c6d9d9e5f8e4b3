"""missing-dependency, outside-path, suspect: what a card depends on is gone, outside, or changed."""

import os
from collections.abc import Iterator
from posixpath import normpath

from kbcli.foundation.typed import compile_late
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, Names, Rule, report_card
from kbcli.knowledge.trust.dependencies import CARD_PREFIX, leaves_repository, name_dependencies

_CARD_NAMED = compile_late(r"(the card|its source) (\S.*?) (changed|is new|is gone)\Z")
_WITHOUT_SOURCE = "Write in translation_of what it translates now, or delete that"
_HINT = "Name something inside the repository."


def find_missing_dependencies(context: CheckContext) -> Findings:
    """Values of depends_on that name no file (of at most 50 MB), no glob's match and no card."""
    for card in context.cards:
        for value in context.dependencies.resolve(card).missing:
            is_card = value.startswith(CARD_PREFIX)
            place = context.prefix + value.removeprefix(CARD_PREFIX).strip() if is_card else normpath(value)
            where = context.library.explain_submodule(place)
            hint = f"{'Name the file instead' if where else 'Mend the path'} (files count from the git root), or delete it."
            yield report_card(
                "missing-dependency",
                card,
                f"depends_on “{value}” {where or 'matches nothing that can be read'}",
                hint,
                line=card.line_of("depends_on"),
                subject=value,
            )


def _identify_missing(found: Finding, names: Names) -> tuple[str]:
    if not found.subject.startswith(CARD_PREFIX):
        return (found.subject,)
    return (CARD_PREFIX + names.find_id(found.subject.removeprefix(CARD_PREFIX).strip()),)


def _list_files_of_missing(found: Finding, context: CheckContext) -> tuple[str]:
    del context
    return (os.path.normpath(found.subject).replace(os.sep, "/"),)


def find_suspect_cards(context: CheckContext) -> Findings:
    """Verified cards of which a dependency or the translation source changed; one finding for each change."""
    for card in context.cards:
        for reason in context.trusts[card.path].reasons:
            if reason.state == "suspect":
                field = "translation_digest" if reason.text.endswith("translated") else "depends_digest"
                is_lost = reason.text.endswith("is gone since it was translated")
                yield report_card(
                    "suspect",
                    card,
                    reason.text,
                    f"{_WITHOUT_SOURCE if is_lost else 'Check the card against it'}, then run `kb verify {card.id}`.",
                    line=card.line_of(field),
                    subject=reason.text.split(" since ", 1)[0],
                )


def _identify_suspect(found: Finding, names: Names) -> tuple[str]:
    named = _CARD_NAMED.match(found.subject)
    return (f"{named[1]} {names.find_id(named[2])} {named[3]}" if named else found.subject,)


def _list_files_of_suspect(found: Finding, context: CheckContext) -> Iterator[str]:
    library = context.library
    card = library.by_path[found.path]
    yield from context.dependencies.list_paths(card)
    yield from (os.path.normpath(value).replace(os.sep, "/") for value in card.depends_on)
    for name in sorted(name_dependencies(card)):
        if (other := library.find_id(name)) is not None:
            yield context.prefix + other.path


def find_outside_paths(context: CheckContext) -> Findings:
    """Links, dependencies and translation sources that lead out; none of them was read."""
    yield from context.report_problems("outside-path")
    for card in context.cards:
        if card.translation_of and leaves_repository(card.translation_of):
            message = f"translation_of “{card.translation_of}” leads outside the repository"
            yield report_card(
                "outside-path",
                card,
                message,
                _HINT,
                line=card.line_of("translation_of"),
                subject=card.translation_of,
            )
        for value in context.dependencies.resolve(card).outside:
            message = f"depends_on “{value}” leads outside the repository"
            yield report_card(
                "outside-path", card, message, _HINT, line=card.line_of("depends_on"), subject=value
            )


RULES = (
    Rule(
        id="missing-dependency",
        severity="warning",
        title="A dependency that is not there",
        what="A value of depends_on names no file, no card, or is a glob that matches nothing.",
        why="A change to something that does not exist is never noticed.",
        mend="Mend the path, which counts from the git root, or delete it.",
        find=find_missing_dependencies,
        identify=_identify_missing,
        rests_on=_list_files_of_missing,
    ),
    Rule(
        id="suspect",
        severity="warning",
        title="A card that depends on something that changed",
        what="A file or card of depends_on, or the source of a translation, is not what it was at verification.",
        why="The card may still say what was true before that change.",
        mend="Read the change, mend the card where needed, and run `kb verify ID`.",
        find=find_suspect_cards,
        identify=_identify_suspect,
        rests_on=_list_files_of_suspect,
    ),
    Rule(
        id="outside-path",
        severity="error",
        title="A path that leaves the repository",
        what="A symbolic link, or a value of depends_on or translation_of, leads outside the repository.",
        why="A clone could otherwise make kb read files of yours that were never meant for it. It was not read.",
        mend="Put the file into the repository, or delete the reference.",
        find=find_outside_paths,
        archived=True,
        of_links=True,
    ),
)
