"""Which format shows which result: the one registry of output formats.

`FORMATS` names, for each kind of result, the function of each format as `module:function` below
`kbcli.render`. Kinds are the words of operations, or `word.kind` where one has several results.
Adding a format is one function and one entry here: help, completion and the manual's test follow.

A function gets the result, and for people's formats (`table`, `plain`) the View; it returns text, rows
for tab-separated lines, or an Output. Those of `json` return the data of the envelope, or an Envelope.
"""

from collections.abc import Mapping

from kbcli.foundation.typed import Any, NamedTuple

_CHANGED_CARD = {
    "table": "changes:format_state_line",
    "plain": "changes:list_changed_card",
    "json": "changes:describe_changed_card",
}
_CHANGED_PLAN = {
    "table": "shifts:format_plan_table",
    "plain": "shifts:list_change_rows",
    "json": "shifts:describe_plan",
}
_CHANGED_GAP = {
    "table": "links:format_gap_change",
    "plain": "links:list_changed_gap",
    "json": "links:describe_gap_change",
}
FORMATS: Mapping[str, Mapping[str, str]] = {
    "search": {
        "table": "hits:format_hits_table",
        "plain": "hits:format_hits_lines",
        "json": "hits:describe_hits",
    },
    "show": {
        "table": "cards:format_shown_card",
        "plain": "cards:format_shown_text",
        "json": "cards:describe_shown_card",
    },
    "reply": {
        "plain": "reply:format_reply_plain",
        "markdown": "reply:format_reply_markdown",
        "html": "reply:format_reply_html",
        "json": "reply:describe_reply",
    },
    "link": {
        "table": "links:format_link_table",
        "plain": "links:list_link_rows",
        "json": "links:describe_links",
    },
    "gaps": {
        "table": "links:format_gap_table",
        "plain": "links:format_gap_lines",
        "json": "links:describe_gaps",
    },
    "gaps take": _CHANGED_GAP,
    "gaps close": _CHANGED_GAP,
    "affected": {
        "table": "links:format_affected_table",
        "plain": "links:list_affected_rows",
        "json": "links:describe_affected",
    },
    "list": {
        "table": "cards:format_card_table",
        "plain": "cards:list_card_rows",
        "json": "cards:describe_card_list",
    },
    "new": {
        "table": "changes:format_new_table",
        "plain": "changes:format_new_line",
        "json": "changes:describe_creation",
    },
    "edit": {
        "table": "changes:format_edit_table",
        "plain": "changes:format_edit_line",
        "json": "changes:describe_edit",
    },
    "verify": {
        "table": "verify:format_verification_table",
        "plain": "verify:list_verification_rows",
        "json": "verify:describe_verification",
    },
    "verify.pin": {
        "table": "verify:format_pin_table",
        "plain": "verify:list_pin_rows",
        "json": "verify:describe_pins",
    },
    "review": {
        "table": "stale:format_stale_table",
        "plain": "stale:list_stale_rows",
        "json": "stale:describe_stale",
    },
    "init": {
        "table": "init:format_init_table",
        "plain": "init:list_written",
        "json": "init:describe_init",
    },
    "init.proposal": {
        "table": "init:format_proposal",
        "plain": "init:list_proposal_rows",
        "json": "init:describe_proposal",
    },
    "flag": _CHANGED_CARD,
    "unflag": _CHANGED_CARD,
    "mv": {
        "table": "changes:format_move_table",
        "plain": "changes:list_move_rows",
        "json": "changes:describe_move",
    },
    "stale": {
        "table": "stale:format_stale_table",
        "plain": "stale:list_stale_rows",
        "json": "stale:describe_stale",
        "csv": "stale:format_stale_csv",
        "markdown": "stale:format_stale_markdown",
    },
    "digest": {
        "table": "digest:format_digest_text",
        "plain": "digest:list_digest_rows",
        "json": "digest:describe_digest",
        "markdown": "digest:format_digest_markdown",
        "html": "digest:format_digest_html",
        "eml": "digest:format_digest_eml",
        "slack": "digest:format_digest_slack",
    },
    "log": {
        "table": "log:format_log_table",
        "plain": "log:format_log_lines",
        "json": "log:describe_life",
    },
    "check": {
        "table": "check.findings:format_finding_table",
        "plain": "check.findings:format_finding_lines",
        "json": "check.findings:describe_findings",
        "github": "check.github:format_github",
        "gitlab": "check.gitlab:format_gitlab",
        "junit": "check.junit:format_junit",
        "sarif": "check.sarif:format_sarif",
    },
    "check.baseline": {
        "plain": "check.findings:format_no_findings",
        "json": "check.findings:describe_baseline",
    },
    "report": {
        "table": "report.terminal:format_report_table",
        "plain": "report.data:list_report_rows",
        "json": "report.data:describe_report",
        "csv": "report.data:format_report_csv",
        "markdown": "report.markdown:format_report_markdown",
        "html": "report.html:format_report_html",
    },
    "translations": {
        "table": "translations:format_translation_table",
        "plain": "translations:format_translation_lines",
        "json": "translations:describe_translations",
    },
    "duplicates": {
        "table": "duplicates:format_duplicate_table",
        "plain": "duplicates:list_duplicate_rows",
        "json": "duplicates:describe_duplicates",
    },
    "eval": {
        "table": "evaluation:format_tests_table",
        "plain": "evaluation:format_tests_lines",
        "json": "evaluation:describe_tests",
        "junit": "evaluation:format_tests_junit",
    },
    "eval.set": {
        "table": "evaluation:format_set_table",
        "plain": "evaluation:list_set_rows",
        "json": "evaluation:describe_set",
    },
    "manual": {
        "table": "manual:format_page_table",
        "plain": "manual:format_page_text",
        "json": "manual:describe_page",
    },
    "manual.contents": {
        "table": "manual:format_contents_table",
        "plain": "manual:list_contents_rows",
        "json": "manual:describe_contents",
    },
    "doctor": {
        "table": "doctor:format_fact_table",
        "plain": "doctor:list_fact_rows",
        "json": "doctor:describe_facts",
    },
    "index": {
        "table": "index:format_index_table",
        "plain": "index:list_index_rows",
        "json": "index:describe_index",
    },
    "index push": {
        "table": "index:format_pushed",
        "plain": "index:list_pushed_rows",
        "json": "json:describe_fields",
    },
    "shift list": {
        "table": "shifts:format_list_table",
        "plain": "shifts:list_seat_rows",
        "json": "shifts:describe_list",
    },
    "shift plan": _CHANGED_PLAN,
    "shift swap": _CHANGED_PLAN,
    "shift away": _CHANGED_PLAN,
    "shift leave": _CHANGED_PLAN,
    "shift brief": {
        "table": "brief:format_brief",
        "plain": "brief:list_brief_rows",
        "json": "brief:describe_brief",
    },
    "shift end": {
        "table": "shifts:format_end",
        "plain": "shifts:list_end_rows",
        "json": "shifts:describe_end",
    },
    "shift report": {
        "table": "shifts:format_report",
        "plain": "shifts:list_report_rows",
        "json": "shifts:describe_report",
    },
    "shift feed": {
        "table": "shifts:format_feed",
        "plain": "shifts:format_feed",
        "json": "shifts:describe_feed",
    },
    "export site": {
        "table": "exported:format_written_site",
        "plain": "exported:list_site_rows",
        "json": "json:describe_fields",
    },
    "tickets import": {
        "table": "tickets.imported:format_imported",
        "plain": "tickets.imported:list_imported_rows",
        "json": "tickets.imported:describe_imported",
    },
    "tickets forget": {
        "table": "tickets.handing:format_forgotten",
        "plain": "tickets.handing:list_forgotten_rows",
        "json": "tickets.handing:describe_forgotten",
    },
    "tickets pack": {
        "table": "tickets.handing:format_packed",
        "plain": "tickets.handing:list_packed_rows",
        "json": "tickets.handing:describe_packed",
    },
    "tickets push": {
        "table": "tickets.pushed:format_pushed",
        "plain": "tickets.pushed:list_pushed_rows",
        "json": "tickets.pushed:describe_pushed",
    },
    "tickets export": {
        "table": "tickets.handing:format_exported",
        "plain": "tickets.handing:format_exported",
        "json": "tickets.handing:describe_exported",
    },
    "tickets search": {
        "table": "tickets.hits:format_ticket_hits",
        "plain": "tickets.hits:list_ticket_rows",
        "json": "tickets.hits:describe_found",
    },
    "tickets show": {
        "table": "tickets.ticket:format_ticket",
        "plain": "tickets.ticket:format_ticket",
        "json": "tickets.ticket:describe_shown",
    },
    "tickets status": {
        "table": "tickets.status:format_status",
        "plain": "tickets.status:list_status_rows",
        "json": "tickets.status:describe_status",
    },
    "week": {
        "table": "week:format_week_table",
        "plain": "week:list_week_rows",
        "json": "week:describe_week",
        "markdown": "week:format_week_markdown",
        "html": "week:format_week_html",
    },
    "top-ten draft": {
        "table": "top_ten:format_draft_table",
        "plain": "top_ten:list_draft_rows",
        "json": "top_ten:describe_draft",
    },
    "top-ten show": {
        "table": "top_ten:format_top_ten_table",
        "plain": "top_ten:format_top_ten_lines",
        "json": "top_ten:describe_top_ten",
        "markdown": "top_ten:format_top_ten_markdown",
        "html": "top_ten:format_top_ten_html",
    },
    "top-ten review": {
        "table": "top_ten:format_review_table",
        "plain": "top_ten:list_review_rows",
        "json": "top_ten:describe_review",
        "markdown": "top_ten:format_review_markdown",
    },
    "hand-over": {
        "table": "hand_over:format_hand_over_table",
        "plain": "hand_over:format_hand_over_plain",
        "json": "hand_over:describe_hand_over",
        "markdown": "hand_over:format_hand_over_markdown",
    },
    "hand-over.done": {
        "table": "hand_over:format_to_tell_table",
        "plain": "hand_over:list_to_tell_rows",
        "json": "hand_over:describe_to_tell",
        "markdown": "hand_over:format_to_tell_markdown",
    },
    "renewals": {
        "table": "renewals:format_renewals_table",
        "plain": "renewals:list_renewal_rows",
        "json": "renewals:describe_renewals",
    },
}
FOR_PEOPLE = ("table", "plain")


class View(NamedTuple):
    """How people look at a result: columns of the terminal, colours, whether all of it is wanted.

    `height` are the lines that there are for it; 0 for any number.
    """

    width: int = 80
    color: bool = False
    verbose: bool = False
    height: int = 0


class Output(NamedTuple):
    """The answer, lines of talk that follow it, and those that come first: of what one must know to read it."""

    text: str
    talk: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Envelope(NamedTuple):
    """The data of a JSON envelope, with problems beside it."""

    data: object
    problems: tuple[Mapping[str, object], ...] = ()


def list_formats(kind: str) -> tuple[str, ...]:
    """The formats of a kind of result, those for people first."""
    return tuple(FORMATS[kind])


def render(kind: str, form: str, result: Any, view: View) -> Output:
    """A result in one of the formats of its kind."""
    from importlib import import_module

    module, name = FORMATS[kind][form].split(":")
    function = getattr(import_module(f"kbcli.render.{module}"), name)
    made = function(result, view) if form in FOR_PEOPLE else function(result)
    if form == "json":
        from kbcli.render.json import format_envelope

        data, problems = made if isinstance(made, Envelope) else (made, ())
        return Output(format_envelope(kind.partition(".")[0], data, problems))
    if isinstance(made, Output):
        return made
    from kbcli.render.escape import format_rows

    return Output(made if isinstance(made, str) else format_rows(made))
