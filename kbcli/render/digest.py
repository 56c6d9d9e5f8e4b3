"""The digest in each format: for a terminal, an issue, a page, a mail, and a chat's webhook."""

import json
from collections.abc import Iterator

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.trust.stale import StaleRow
from kbcli.operations.digest import Digest
from kbcli.render.ansi import STATE_MARKS, paint
from kbcli.render.escape import make_line
from kbcli.render.formats import View
from kbcli.render.html import escape_html
from kbcli.render.markdown import escape_markdown, shorten_name
from kbcli.render.slack import MOST_BLOCKS, escape_slack, make_header, make_text
from kbcli.render.stale import describe_days, describe_stale

# Of one owner; `kb review` has the others.
_MOST_ROWS = 10
# GitHub takes 65,536 characters for an issue.
_MOST_MARKDOWN = 60_000
_GAPS = "Asked, and no card answers it"
_STYLE = (
    "body{margin:0 auto;max-width:44rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.5rem 0 .3rem}ul{padding-left:1.2rem;margin:0}"
    "code{font-size:.9em}"
)


def list_digest_rows(digest: Digest, _view: View) -> Iterator[tuple[object, ...]]:
    """One card a row for each group it is in: group, ID, state, days left, what is the matter, title; then gaps, with `gap` as state."""
    for group in digest.report.groups:
        for row in group.rows:
            yield (
                group.name,
                row.card.id,
                row.trust.state,
                row.trust.days_left,
                describe_days(row),
                row.card.title,
            )
    for gap in digest.gaps:
        yield "", "", "gap", None, count_things(len(gap.tickets), "ticket"), gap.asked


def describe_digest(digest: Digest) -> dict[str, object]:
    """The data of `kb digest`: that of `kb stale`, with what it is called, who is asked, and the gaps."""
    return {
        "title": digest.title or None,
        "recipients": list(digest.recipients),
        **describe_stale(digest.report),
        "gaps": [{"asked": gap.asked, "tickets": len(gap.tickets)} for gap in digest.gaps],
    }


def format_digest_text(digest: Digest, view: View) -> str:
    """Words for a terminal or a plain mail: the groups, and below each what to look at."""
    parts = [make_line(_make_headline(digest)) + "\n"]
    for name, lines in _list_sections(digest):
        parts.append(
            f"\n{paint(name, 'bold', color=view.color)}\n" + "".join(f"  {line}\n" for line in lines)
        )
    return "".join(parts)


def format_digest_markdown(digest: Digest) -> str:
    """For an issue or a wiki: lists, of no more groups than an issue can hold."""
    text = f"## {shorten_name(_make_title(digest))}\n\n{escape_markdown(_make_headline(digest))}\n"
    sections = [
        f"\n### {shorten_name(name)}\n\n" + "".join(f"- {escape_markdown(line)}\n" for line in lines)
        for name, lines in _list_sections(digest)
    ]
    for number, section in enumerate(sections):
        if len(text) + len(section) > _MOST_MARKDOWN:
            return f"{text}\n… and {count_things(len(sections) - number, 'group')} more: `kb digest`\n"
        text += section
    return text


def format_digest_html(digest: Digest) -> str:
    """One page that asks for nothing else, in ASCII with character references; a mail can carry it."""
    title = escape_html(_make_title(digest))
    sections = "".join(
        f"<h2>{escape_html(name)}</h2>\n<ul>\n"
        + "".join(f"<li>{escape_html(line)}</li>\n" for line in lines)
        + "</ul>\n"
        for name, lines in _list_sections(digest)
    )
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        '<meta name="color-scheme" content="light dark"/>\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n"
        f"<h1>{title}</h1>\n<p>{escape_html(_make_headline(digest))}</p>\n{sections}</main></body></html>\n"
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def format_digest_eml(digest: Digest) -> str:
    """A mail that programs open as a draft (RFC 5322, with X-Unsent): text and HTML, to the owners that were asked for."""
    from email.errors import HeaderParseError
    from email.headerregistry import Address
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = make_line(_make_title(digest))
    addresses = []
    for one in digest.recipients:
        try:
            addresses.append(Address(addr_spec=one))
        except (HeaderParseError, ValueError, IndexError):
            continue
    if addresses:
        message["To"] = addresses
    message["X-Unsent"] = "1"
    message.set_content(format_digest_text(digest, View()), cte="quoted-printable")
    message.add_alternative(format_digest_html(digest), subtype="html", cte="quoted-printable")
    # The same cards make the same bytes; quoted-printable never writes "=-".
    message.set_boundary("=-kb-digest-=")
    return message.as_string()


def format_digest_slack(digest: Digest) -> str:
    """The JSON that a workflow posts to an incoming webhook: plain text only, so that no word of a card mentions anybody."""
    title = make_line(_make_title(digest))
    texts = [_make_headline(digest)]
    texts += ["\n".join((name, *(f"• {line}" for line in lines))) for name, lines in _list_sections(digest)]
    if len(texts) >= MOST_BLOCKS:
        texts[MOST_BLOCKS - 2 :] = [f"… and {len(texts) - MOST_BLOCKS + 2} more: kb digest"]
    blocks = [make_header(title), *map(make_text, texts)]
    return json.dumps({"text": escape_slack(title), "blocks": blocks}, ensure_ascii=False, indent=2) + "\n"


def _make_title(digest: Digest) -> str:
    return f"{digest.title or 'Knowledge base'}: what needs a look, {digest.report.today}"


def _make_headline(digest: Digest) -> str:
    report = digest.report
    score = report.summary.score
    trusted = "" if score is None else f" {score:.0%} of {report.summary.active} active cards can be trusted."
    if not report.rows:
        return f"Nothing needs a look.{trusted}"
    return f"{count_things(len(report.rows), 'card needs', 'cards need')} a look.{trusted}"


def _list_sections(digest: Digest) -> Iterator[tuple[str, list[str]]]:
    """Each group with its lines, the worst cards first; then the gaps. For one line each, and of one line each."""
    report = digest.report
    for group in report.groups:
        if group.rows:
            name = make_line(group.name) or f"no {report.group_by}"
            lines = [_format_row(row) for row in group.rows[:_MOST_ROWS]]
            if (more := len(group.rows) - _MOST_ROWS) > 0:
                lines.append(f"… and {more} more")
            yield f"{name}: {count_things(len(group.rows), 'card')}", lines
    if digest.gaps:
        yield (
            _GAPS,
            [f"{make_line(gap.asked)} ({count_things(len(gap.tickets), 'ticket')})" for gap in digest.gaps],
        )


def _format_row(row: StaleRow) -> str:
    card, state = row.card, row.trust.state
    return (
        f"{STATE_MARKS[state]} {state}: {make_line(card.title)} ({make_line(card.id)}): {describe_days(row)}"
    )
