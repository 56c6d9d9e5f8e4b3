"""Reading, normalising and matching web addresses."""

import pytest

from kbcli.foundation.weblinks.urls import join_address, match_address, parse_address


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a#part", "https://example.org/a"),
        ("http://example.org:8080/a?b=c", "http://example.org:8080/a?b=c"),
        ("//example.org/a", "https://example.org/a"),
        ("https://bücher.example/straße?q=ä", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://例え.テスト/頁", "https://xn--r8jz45g.xn--zckzah/%E9%A0%81"),
        ("https://example.org/a b%20c%zz", "https://example.org/a%20b%20c%25zz"),
        ("http://[2001:DB8::1]:81/x", "http://[2001:db8::1]:81/x"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
    ],
)
def test_an_address_has_one_normal_form(text: str, url: str) -> None:
    """Case, default ports, other scripts, fragments and user names do not make another address."""
    assert parse_address(text).url == url


@pytest.mark.parametrize(
    "text",
    [
        "ftp://example.org/", "mailto:a@example.org", "javascript:alert(1)", "https://", "https:///a", "http://[::1",
        "http://exa mple.org/", "http://a..b/", "http://-x.example/", "http://example.org:99999/", "http://x:0/",
        "http://example.org/\r\nHost: other", "http://good\\@evil.example/", "http://xn--a\u2028b.example/",
        "http://" + "a" * 300 + "/", "http://example.org/" + "a" * 9000, "http://[::1]x/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(text: str) -> None:
    """Other schemes, impossible hosts and control characters never reach a connection."""
    with pytest.raises(ValueError, match=r"^(is|has|holds|names) "):
        parse_address(text)


def test_a_location_is_read_from_where_it_was_sent() -> None:
    """Relative, absolute and scheme-less redirects lead where a browser would go."""
    base = parse_address("https://example.org/a/b?c")
    assert join_address(base, "../x").url == "https://example.org/x"
    assert join_address(base, "//other.example/y").url == "https://other.example/y"
    assert join_address(base, "http://third.example").url == "http://third.example/"


@pytest.mark.parametrize(
    ("pattern", "url", "fits"),
    [
        ("example.org", "https://example.org/a/b", True),
        ("example.org", "https://www.example.org/", False),
        ("*.example.org", "https://www.example.org/a", True),
        ("*.example.org", "https://evil.example/www.example.org", False),
        ("example.org/old/**", "http://example.org/old/a/b", True),
        ("example.org/old/**", "http://example.org/new", False),
        ("https://example.org/**", "https://example.org/a/b#c", True),
        ("https://example.org/**", "http://example.org/a", False),
        ("localhost:*", "http://localhost:8080/x", True),
    ],
)
def test_globs_choose_hosts_and_addresses(pattern: str, url: str, fits: bool) -> None:
    """A pattern without a scheme is for the host and its path, with one for the whole address."""
    assert match_address([pattern])(url) is fits
