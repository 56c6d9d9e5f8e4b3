"""bad-top-ten: a row of the ledger that cannot be read, or whose remedy does not fit."""

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.foundation.weblinks.urls import parse_address
from kbcli.knowledge.cards.header.document import FrontMatterError
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, report_file
from kbcli.knowledge.trust.states import TRUSTED
from kbcli.support.ledger.top_ten import (
    BUG,
    DONE,
    FIND_ANSWER,
    FIND_FEATURE,
    FOLDER,
    MONTH,
    POLICY,
    POSITIONING,
    REMEDIES,
    Row,
    TopTen,
    find_line,
    list_files,
    name_file,
    parse_top_ten,
    read_source,
)

ID = "bad-top-ten"


def find_bad_rows(context: CheckContext) -> Findings:
    """What is wrong with the rows of every month."""
    try:
        names = list_files(context.config)
    except KbError as error:
        yield report_file(ID, FOLDER, error.message, error.hint)
        return
    for name in names:
        path = f"{FOLDER}/{name}"
        month = name.rpartition(".")[0]
        if not MONTH.fullmatch(month) or not name.endswith(".yaml"):
            yield report_file(ID, path, "its name is no month", "Call it 2026-11.yaml.")
            continue
        try:
            found = _read(context.config, path, month)
        except FrontMatterError as error:
            yield report_file(ID, path, name_file(error), error.hint, line=error.line)
            continue
        except KbError as error:
            yield report_file(ID, path, error.message, error.hint)
            continue
        for mistake in found.mistakes:
            yield report_file(
                ID, path, mistake.message, mistake.hint, line=mistake.line, subject=mistake.subject
            )
        for row in found.rows:
            yield from _judge(context, found, row)


def _read(config: Config, path: str, month: str) -> TopTen:
    return parse_top_ten(read_source(config, path) or "", month)


def _judge(context: CheckContext, found: TopTen, row: Row) -> Findings:
    """What is wrong with the remedy of a row: a done one needs it, an open one may have none yet."""
    is_spoilt = any(one.subject in (f"{row.id}.category", f"{row.id}.remedy") for one in found.mistakes)
    problem = "" if is_spoilt else _find_misfit(context, row)
    if problem:
        field = "remedy" if row.category else "category"
        fits = f"To {row.category} belongs {REMEDIES[row.category]}." if row.category else ""
        hint = fits or f"Choose one of: {', '.join(REMEDIES)}."
        line = find_line(found.source, row.line, field)
        yield report_file(ID, found.path, f"{row.id}: {problem}", hint, line=line, subject=f"{row.id}.remedy")


def _find_misfit(context: CheckContext, row: Row) -> str:
    """Why the remedy is not one of its category, "" where it is, or where an open row has none yet."""
    if not row.category:
        return "it is done, and has no category" if row.state == DONE else ""
    if not row.remedy:
        return "it is done, and has no remedy" if row.state == DONE else ""
    if not row.card:
        return _judge_address(row)
    card = context.library.find_id(row.card)
    if card is None:
        return f"its remedy “{row.card}” is no card"
    return _judge_card(context, row, card)


def _judge_address(row: Row) -> str:
    try:
        parse_address(row.remedy)
    except ValueError:
        return f"its remedy “{row.remedy}” is neither card:ID nor the address of a page"
    return "its remedy is an address" if row.category in (POSITIONING, POLICY) else ""


def _judge_card(context: CheckContext, row: Row, card: Card) -> str:
    if row.category == BUG:
        return "its remedy is a card"
    if row.category in (POSITIONING, POLICY) and card.type != row.category:
        return f"its remedy “{card.id}” has the type {card.type or 'of none'}"
    if row.category == POLICY and not card.owners:
        return f"its remedy “{card.id}” has no owner"
    if row.category == FIND_FEATURE and not _names_both(row, card):
        return f"no alias of “{card.id}” has a word of the row"
    if row.category == FIND_ANSWER and row.state == DONE:
        state = context.trusts[card.path].state
        return "" if state in TRUSTED else f"it is done, and its remedy “{card.id}” is {state}"
    return ""


def _names_both(row: Row, card: Card) -> bool:
    """Whether an alias of the card has a word by which customers call it."""
    aliases = " ".join(card.aliases).casefold()
    return any(word.casefold() in aliases for words in row.words for word in (words, *words.split()))


RULES = (
    Rule(
        id=ID,
        severity="error",
        title="a row of the top ten that cannot be counted on",
        what="A row of support/top-ten cannot be read, or its remedy is not there or does not fit its category; a row that is done needs one.",
        why="What keeps coming is remedied only by what fits its cause: a fourth article about a bug mends nothing.",
        mend="Mend the field it names, or the category.",
        find=find_bad_rows,
        reads=(f"{FOLDER}/**",),
    ),
)
