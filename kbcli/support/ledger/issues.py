"""Addresses that open a new issue, filled in: of GitHub, GitLab, Jira and Linear. Whoever opens it reads it and sends it."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from kbcli.errors import UsageError
from kbcli.foundation.typed import NamedTuple

MOST_CHARACTERS = 8_000
"""GitHub refuses addresses of more than 8,192 bytes, others have their limits near it."""
_CUT = "\n\n… (the rest is longer than an address may be)"
_PROJECT = re.compile(r"[\w.-]+(?:/[\w.-]+)+", re.ASCII)


class Tracker(NamedTuple):
    """A tracker of issues: where a project that is no address lies, what leads from it to a new issue, and what its fields are called.

    The first is documented at https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/creating-an-issue
    (from a URL query), https://docs.gitlab.com/user/project/issues/create_issues/ (using a URL with prefilled values),
    https://confluence.atlassian.com/jirakb/how-to-create-issues-using-direct-html-links-in-jira-server-159474.html,
    https://linear.app/docs/create-issues (URLs).
    """

    name: str
    home: str
    ending: str
    title: str
    body: str
    hint: str


TRACKERS: Mapping[str, Tracker] = {
    tracker.name: tracker
    for tracker in (
        Tracker("github", "https://github.com", "/issues/new", "title", "body", "owner/repository"),
        Tracker("gitlab", "https://gitlab.com", "/-/issues/new", "issue[title]", "issue[description]", "group/project"),
        Tracker(
            "jira", "", "/secure/CreateIssueDetails!init.jspa", "summary", "description",
            "https://example.atlassian.net/secure/CreateIssueDetails!init.jspa?pid=10000&issuetype=10001",
        ),
        Tracker("linear", "https://linear.app", "/new", "title", "description", "https://linear.app/team/SUP/new"),
    )
}  # fmt: skip


class Link(NamedTuple):
    """An address that opens a filled-in issue; `is_cut` where not all of the text went into it."""

    url: str
    is_cut: bool


def make_link(tracker: Tracker, project: str, title: str, body: str) -> Link:
    """The address of a new issue in a project. Raises UsageError where it is none of that tracker."""
    start = (
        f"{_find_form(tracker, project)}{quote(tracker.title)}={quote(title, safe='')}&{quote(tracker.body)}="
    )
    room = MOST_CHARACTERS - len(start)
    whole = quote(body, safe="")
    if len(whole) <= room:
        return Link(start + whole, is_cut=False)
    room -= len(quote(_CUT, safe=""))
    low, high = 0, len(body)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(quote(body[:middle], safe="")) <= room else (low, middle - 1)
    return Link(start + quote(body[:low].rstrip() + _CUT, safe=""), is_cut=True)


def _find_form(tracker: Tracker, project: str) -> str:
    """The address of the empty form, up to where the first field is added."""
    if _PROJECT.fullmatch(project) and tracker.home:
        project = f"{tracker.home}/{project}"
    if not project and tracker.name == "linear":
        project = tracker.home
    parts = urlsplit(project)
    is_address = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if not is_address or not project.isprintable() or " " in project or parts.fragment:
        raise UsageError(f"“{project}” is no project of {tracker.name}", f"Name it as {tracker.hint}.")
    address = project.rstrip("/")
    if not parts.query and not address.endswith(tracker.ending):
        address += tracker.ending
    return f"{address}{'&' if parts.query else '?'}"
