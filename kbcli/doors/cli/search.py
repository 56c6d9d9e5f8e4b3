"""`kb search`: the cards that answer a question. Nothing here imports Typer: this is the hot path."""

import sys
from typing import TYPE_CHECKING

from kbcli.doors.cli.flags import Flag
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError

if TYPE_CHECKING:
    from typing import Any

    import typer

    from kbcli.knowledge.search.query import Query
    from kbcli.knowledge.search.results import SearchResult

MAX_TICKET_CHARACTERS = 1_000_000
FORMATS = ("table", "plain", "json")
FLAGS = (
    Flag("limit", ("--limit", "-n"), "count", "How many cards to show.", "N", 10),
    Flag("tag", ("--tag", "-t"), "texts", "Only cards with this tag (repeatable: any of them).", "TAG", complete="tags"),
    Flag("owner", ("--owner", "-o"), "texts", "Only cards of this person or group.", "OWNER", complete="owners"),
    Flag("type", ("--type",), "texts", "Only cards of this type.", "TYPE", complete="type"),
    Flag("lang", ("--lang", "-l"), "texts", "Only cards in this language.", "LANG", complete="lang"),
    Flag("product", ("--product",), "texts", "Only cards about this product.", "PRODUCT", complete="product"),
    Flag("state", ("--state",), "texts", "Only cards in this trust state.", "STATE"),
    Flag("status", ("--status",), "texts", "Only draft, active or archived cards.", "STATUS"),
    Flag("audience", ("--audience",), "texts", "Only internal or only public cards.", "AUDIENCE"),
    Flag("explain", ("--explain",), "switch", "Say why each card ranks where it does.", default=False),
    Flag("trust_ranking", ("--trust-ranking/--no-trust-ranking",), "switch", "Whether expired and flagged cards rank slightly lower (default: kb.toml)."),
    Flag("format", ("--format",), "text", "table (default on a terminal), plain (default in a pipe) or json.", "FORMAT", choices=FORMATS),
)  # fmt: skip
SHORT_QUERY = 4
_FILTERS = ("tag", "owner", "type", "lang", "product", "state", "status", "audience")
HELP = """Find the cards that answer a question, as the customer asked it.

Any of the words may match; cards with all of them come first. "a phrase", -without, prefix*,
tag:api, owner:api-team, type:reply, lang:de, product:api, state:expired and title:word narrow it down.
A lone - reads a whole ticket from stdin. Exits with 1 when nothing was found.

Examples:

\b
  kb search 429
  kb search customer gets too many requests
  kb search '"password reset" -sso' --lang de
  kb search webhook tag:api state:verified
  pbpaste | kb search -
"""


def register(app: "typer.Typer") -> None:
    """Add `kb search`, with the flags of the hot path."""
    from kbcli.doors.cli.options import add_flag_command

    add_flag_command(
        app,
        "search",
        FLAGS,
        "QUERY…",
        "What the customer asked; - reads a whole ticket from stdin.",
        run_search,
        HELP,
    )


def run_search(session: Session, words: list[str], values: dict[str, "Any"]) -> int:
    """Answer one search: 0 with hits, 1 without."""
    from kbcli.foundation.git.status import FreshnessCheck

    form = session.pick_format(values["format"], FORMATS)
    # Git looks at the files while this process still imports.
    check = FreshnessCheck(session.root, session.git_root)
    query = _make_query(session, words, values)
    config, today = session.config, session.today
    from kbcli.knowledge.index.sync import OpenIndex, ask_index
    from kbcli.knowledge.search.engine import search_cards

    def answer(index: OpenIndex) -> "SearchResult":
        if index.is_stale:
            session.say("another kb is updating the index; this answer is from just before")
        return search_cards(
            config, index.reader, query, today=today, limit=values["limit"],
            trust_ranking=values["trust_ranking"], explain=values["explain"],
        )  # fmt: skip

    with session.show_progress("indexing") as progress:
        result = ask_index(config, answer, progress=progress, notice=session.say, check=check, eager=True)
    _write_result(session, result, form, explain=values["explain"])
    return 0 if result.hits else 1


def _make_query(session: Session, words: list[str], values: dict[str, "Any"]) -> "Query":
    from kbcli.knowledge.search.query import Filter, parse_query

    if words == ["-"]:
        if sys.stdin is None:
            raise UsageError("there is no standard input to read a ticket from")
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="replace")
        from kbcli.knowledge.search.ticket_text import read_ticket

        query = read_ticket(sys.stdin.read(MAX_TICKET_CHARACTERS))
    else:
        query = parse_query(" ".join(words))
    if values["state"] or values["status"] or values["audience"]:
        from kbcli.knowledge.trust.filters import make_filter

        # A misspelt word here is a mistake; in the query itself it would merely match nothing.
        make_filter(
            session.config, states=values["state"], statuses=values["status"], audiences=values["audience"]
        )
    filters = tuple(Filter(name, tuple(values[name])) for name in _FILTERS if values[name])
    query = query._replace(filters=query.filters + filters)
    if query.is_empty and not filters and not query.text:
        raise UsageError("nothing to search for", "Type what the customer asked: kb search 429")
    return query


def _write_result(session: Session, result: "SearchResult", form: str, *, explain: bool) -> None:
    for warning in result.warnings:
        session.say(warning)
    if form == "json":
        session.write(_format_json(result))
        return
    if result.corrected is not None:
        session.say(f"nothing found for “{result.query.text}”; this is “{result.corrected}”")
    elif not result.hits:
        session.say(f"nothing found for “{result.query.text}”" if result.query.text else "nothing found")
    if result.suggestions and result.corrected is None and _are_welcome(result):
        session.say(f"did you mean: “{result.suggestions[0]}”")
    from kbcli.render.hits import format_explanations, format_hits, format_hits_plain

    if form == "plain":
        session.write(format_hits_plain(result, session.today))
    else:
        text = format_hits(result, session.today, width=session.width, color=session.color)
        session.page(text + "\n" + format_explanations(result, color=session.color) if explain else text)
    if explain and form == "plain":
        session.write("\n" + format_explanations(result, color=session.color))


def _are_welcome(result: "SearchResult") -> bool:
    """Whether to speak of another spelling: of a few words, or when nothing was found; a whole sentence is meant so."""
    return not result.hits or len(result.query.words) <= SHORT_QUERY


def _format_json(result: "SearchResult") -> str:
    from kbcli.render.jsonout import describe_record, format_envelope

    hits = []
    for hit in result.hits:
        entry: dict[str, object] = {
            "card": describe_record(hit.record, hit.trust),
            "score": round(hit.score, 6),
            "snippet": hit.snippet.text,
            "marks": [list(span) for span in hit.snippet.spans],
        }
        if hit.explanation is not None:
            entry["explanation"] = {
                "contributions": [part._asdict() for part in hit.explanation.contributions],
                "factors": [factor._asdict() for factor in hit.explanation.factors],
                "missing": list(hit.explanation.missing),
                "synonyms": [use._asdict() for use in hit.explanation.synonyms],
            }
        hits.append(entry)
    data = {
        "query": result.query.text,
        "total": result.total,
        "hits": hits,
        "corrected": result.corrected,
        "suggestions": list(result.suggestions),
        "lang": result.lang,
    }
    return format_envelope("search", data, [{"message": text} for text in result.warnings])
