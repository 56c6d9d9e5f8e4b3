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
        ("github", "https://github.com/a/b/", "https://github.com/a/b/issues/new?title="),
        ("gitlab", "group/sub/app", "https://gitlab.com/group/sub/app/-/issues/new?issue%5Btitle%5D="),
        ("linear", "", "https://linear.app/new?title="),
        ("linear", "SUP", "https://linear.app/team/SUP/new?title="),
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


@pytest.mark.parametrize(
    ("name", "setting", "project", "start"),
    [
        ("github", "https://git.example.org/a/b/", "", "https://git.example.org/a/b/issues/new?title="),
        ("github", "https://git.example.org/a/b", "c/d", "https://git.example.org/c/d/issues/new?title="),
        ("gitlab", "https://example.org/git/a/b/-/issues/new", "", "https://example.org/git/a/b/-/issues/new?issue%5B"),
        ("jira", JIRA, "", f"{JIRA}&summary="),
        ("jira", JIRA, "pid=7&issuetype=8", f"{JIRA.replace('10000', '7').replace('10001', '8')}&summary="),
    ],
)  # fmt: skip
def test_the_host_is_that_of_the_settings(name: str, setting: str, project: str, start: str) -> None:
    """Where kb.toml names a host, it is that of the project, and of one named instead."""
    assert make_link(TRACKERS[name], project, TITLE, BODY, setting=setting).url.startswith(start)


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
        ("github", "https://evil.example/#"), ("github", "https://evil.example/a/b"), ("github", "../../x"), ("github", "../x"), ("github", "a/.."),
        ("github", "a/b/c"), ("github", "a/b?x=1"), ("github", "http://github.com/a/b"), ("github", "https://github.com/../x"), ("github", "a/%2e%2e"),
        ("gitlab", "a/../../b"), ("gitlab", "a/-/b"), ("gitlab", "https://evil.example/a/b"), ("linear", "../SUP"), ("linear", "https://evil.example/team/SUP"),
        ("jira", "pid=1&issuetype=2"), ("jira", JIRA),
        ("jira", "example/app"), ("gitlab", "https://example.org/a b"), ("github", "https://example.org/a#b"), ("github", "a/b\x1b"),
    ],
)  # fmt: skip
def test_what_is_no_project_is_refused(name: str, project: str) -> None:
    """Only what is a project of that tracker, on its host or that of kb.toml, gets into an address: no other host, no climbing path."""
    with pytest.raises(UsageError):
        make_link(TRACKERS[name], project, "T", "B")


@pytest.mark.parametrize("setting", ["http://git.example.org/a/b", "https://git.example.org/../b", "https://a:b@git.example.org/x/y", "https://x/#"])  # fmt: skip
def test_a_setting_is_https_and_no_trick(setting: str) -> None:
    """What kb.toml says is held to the same form, and to https."""
    with pytest.raises(UsageError):
        make_link(TRACKERS["github"], "", "T", "B", setting=setting)
