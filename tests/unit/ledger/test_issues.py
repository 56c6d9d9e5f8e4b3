"""Promises of filled-in issues: the address leads to the tracker, is no longer than one may be, and reads back."""

from urllib.parse import parse_qs, urlsplit

import pytest

from kbcli.errors import UsageError
from kbcli.support.ledger.issues import MOST_CHARACTERS, TRACKERS, make_link

TITLE, BODY = "Zu langsam? 50% & more #1", "**38 tickets**\n- 密码: a=b&c"
JIRA = "https://example.atlassian.net/secure/CreateIssueDetails!init.jspa?pid=10000&issuetype=10001"


@pytest.mark.parametrize(
    ("name", "project", "start"),
    [
        ("github", "example/app", "https://github.com/example/app/issues/new?title="),
        ("github", "https://git.example.org/a/b/", "https://git.example.org/a/b/issues/new?title="),
        ("gitlab", "group/sub/app", "https://gitlab.com/group/sub/app/-/issues/new?issue%5Btitle%5D="),
        ("jira", JIRA, f"{JIRA}&summary="),
        ("linear", "", "https://linear.app/new?title="),
        ("linear", "https://linear.app/team/SUP/new", "https://linear.app/team/SUP/new?title="),
    ],
)
def test_the_address_opens_the_form_filled_in(name: str, project: str, start: str) -> None:
    """Title and text arrive as they are, at the form of that tracker, whatever signs they hold."""
    tracker = TRACKERS[name]
    link = make_link(tracker, project, TITLE, BODY)
    assert link.url.startswith(start)
    assert not link.is_cut
    fields = parse_qs(urlsplit(link.url).query, strict_parsing=True)
    assert (fields[tracker.title], fields[tracker.body]) == ([TITLE], [BODY])


@pytest.mark.parametrize("text", ["a line of words\n" * 900, "密码" * 4000])
def test_a_long_text_is_cut_whole_signs_and_says_so(text: str) -> None:
    """An address stays within its limit; of the text it has the beginning, and that it is cut."""
    link = make_link(TRACKERS["github"], "example/app", "T", text)
    assert link.is_cut
    assert MOST_CHARACTERS - 40 < len(link.url) <= MOST_CHARACTERS
    body = parse_qs(urlsplit(link.url).query)["body"][0]
    start, _, end = body.partition("\n\n…")
    assert text.startswith(start)
    assert "longer" in end


@pytest.mark.parametrize(
    ("name", "project"),
    [
        ("github", "app"), ("github", "javascript:alert(1)"), ("github", "https://a:b@example.org/x/y"),
        ("jira", "example/app"), ("gitlab", "https://example.org/a b"), ("github", "https://example.org/a#b"), ("github", "a/b\x1b"),
    ],
)  # fmt: skip
def test_what_is_no_project_is_refused(name: str, project: str) -> None:
    """No scheme but http(s), no password, no fragment, no control character gets into an address."""
    with pytest.raises(UsageError):
        make_link(TRACKERS[name], project, "T", "B")
