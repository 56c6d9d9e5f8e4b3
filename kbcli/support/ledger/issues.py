"""Addresses that open a new issue, filled in: of GitHub, GitLab, Jira and Linear. Whoever opens it reads it and sends it."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from kbcli.errors import UsageError
from kbcli.foundation.typed import NamedTuple

MOST_CHARACTERS = 8_000
"""GitHub refuses addresses of more than 8,192 bytes, others have their limits near it."""
_CUT = "\n\n… (the rest is longer than an address may be)"
_PART = r"\.?[A-Za-z0-9_][A-Za-z0-9_.-]*"
_HOST = r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?"
_FOLDERS = r"(?:/[A-Za-z0-9_-]+)*?"


class Tracker(NamedTuple):
    """A tracker of issues: its host ("" where each has its own), the form of a new issue there, and what its fields are called.

    `form` has `{}` for the project, which `project`, a pattern, describes; `blank` is the form without one. The first is documented at
    https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/creating-an-issue
    (from a URL query), https://docs.gitlab.com/user/project/issues/create_issues/ (using a URL with prefilled values),
    https://confluence.atlassian.com/jirakb/how-to-create-issues-using-direct-html-links-in-jira-server-159474.html,
    https://linear.app/docs/create-issues (URLs).
    """

    name: str
    home: str
    form: str
    project: str
    title: str
    body: str
    hint: str
    blank: str = ""


TRACKERS: Mapping[str, Tracker] = {
    tracker.name: tracker
    for tracker in (
        Tracker("github", "https://github.com", "/{}/issues/new?", f"{_PART}/{_PART}", "title", "body", "owner/repository"),
        Tracker(
            "gitlab", "https://gitlab.com", "/{}/-/issues/new?", f"{_PART}(?:/{_PART})+",
            "issue[title]", "issue[description]", "group/project",
        ),
        # The form knows projects by number only, not by key.
        Tracker(
            "jira", "", "/secure/CreateIssueDetails!init.jspa?{}&", "pid=[0-9]+&issuetype=[0-9]+", "summary", "description",
            "pid=10000&issuetype=10001, and its host in kb.toml: "
            "https://example.atlassian.net/secure/CreateIssueDetails!init.jspa?pid=10000&issuetype=10001",
        ),
        Tracker("linear", "https://linear.app", "/team/{}/new?", "[A-Za-z0-9]+", "title", "description", "SUP, a team", "/new?"),
    )
}  # fmt: skip


class Link(NamedTuple):
    """An address that opens a filled-in issue; `is_cut` where not all of the text went into it."""

    url: str
    is_cut: bool


def make_link(tracker: Tracker, project: str, title: str, body: str, *, setting: str = "") -> Link:
    """The address of a new issue in a project, "" for that of the `setting` in kb.toml, which alone may name another host.

    Raises UsageError where either is no project of that tracker.
    """
    start = f"{_find_form(tracker, project, setting)}{quote(tracker.title)}={quote(title, safe='')}&{quote(tracker.body)}="
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


def _find_form(tracker: Tracker, project: str, setting: str) -> str:
    """The address of the empty form, up to where the first field is added."""
    home, name = _read_place(tracker, setting)
    home = home or tracker.home
    if project:
        own, name = _read_place(tracker, project)
        if own and own.lower() not in (home.lower(), tracker.home):
            raise UsageError(f"kb.toml does not name the host of “{project}”", "Set it below [hand_over].")
        home = own or home
    if not home or not (name or tracker.blank):
        raise _refuse(tracker, project)
    return home + (tracker.form.format(name) if name else tracker.blank)


def _read_place(tracker: Tracker, text: str) -> tuple[str, str]:
    """The host (with the folders the tracker lies in) and the project that a name or an address says, "" for what it does not."""
    if not text or re.fullmatch(tracker.project, text):
        return "", text
    before, after = map(re.escape, tracker.form.rstrip("?&").split("{}"))
    form = f"(?P<home>{_HOST}{_FOLDERS}){before}(?P<name>{tracker.project})/?(?:{after})?/?"
    match = re.fullmatch(form, text)
    if match is None:
        raise _refuse(tracker, text)
    return match["home"], match["name"]


def _refuse(tracker: Tracker, text: str) -> UsageError:
    return UsageError(f"“{text}” is no project of {tracker.name}", f"Name it as {tracker.hint}.")
