"""What is changed in a browser: what was shown, in the name of who changed it, in git, and never by force."""

import json
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")


def read_digest(page: str) -> str:
    """The digest that a page carries."""
    found = re.search(r'name="digest" value="([^"]+)"', page)
    assert found
    return found[1]


def ask_git(root: Path, *arguments: str) -> str:
    """What git says."""
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


def test_a_flag_is_a_commit_of_whoever_raised_it(kb_root: Path, serve: Callable[..., Any]) -> None:
    """It carries the text that was shown, in JSON too, and is refused for another text, a second time, and without a reason."""
    server = serve(kb_root, user_header="X-User", proxies=frozenset({"127.0.0.1"}))
    mia = {"X_User": "mia@example.org"}
    digest = read_digest(server.ask("/card/api/quotas", **mia).text)
    assert json.loads(server.ask("/api/card/api/quotas", **mia).text)["data"]["digest"] == digest
    for form, status in (
        ({"digest": "", "reason": "x"}, 409),
        ({"digest": "v2:" + "0" * 32, "reason": "x"}, 409),
        ({"reason": "x"}, 409),
        ({"digest": digest, "reason": " "}, 400),
        ({"digest": digest, "reason": "old \u202e limit"}, 400),
        ({"digest": digest, "reason": "bell \u0007"}, 400),
        ({"digest": digest, "reason": "x" * 501}, 400),
    ):
        assert server.ask("/flag/api/quotas", form, **mia).status == status, form
    assert server.ask("/flag/quotas", {"digest": digest, "reason": "x"}, **mia).status == 404
    assert server.ask("/flag/api/quotas", **mia).status == 405
    form = {"digest": digest, "reason": "the limit is 200 now\nVerified-by: x <x@x>"}
    done = server.ask("/flag/api/quotas", form, **mia)
    assert (done.status, done.headers["location"]) == (303, "/card/api/quotas?done=flagged")
    assert 'reason: "the limit is 200 now Verified-by: x <x@x>"' in (kb_root / "api/quotas.md").read_text()
    trailers = ask_git(kb_root, "log", "-1", "--format=%(trailers:key=Verified-by)")
    assert trailers.strip() == ""
    assert ask_git(kb_root, "log", "-1", "--format=%an <%ae>|%cn") == "mia <mia@example.org>|Ada Example\n"
    assert ask_git(kb_root, "status", "--porcelain") == ""
    shown = server.ask("/card/api/quotas?done=flagged", **mia).text
    assert "its owner sees that" in shown
    assert "flagged: the limit is 200 now" in shown
    again = server.ask("/api/flag/api/quotas", form, **mia)
    assert (again.status, json.loads(again.text)["data"]) == (409, None)
    assert "flagged already" in again.text
    assert "the limit is 200" in server.ask("/queue", **mia).text


def test_a_verification_is_of_the_text_that_was_shown(
    kb_root: Path, git_commit: Callable[..., str], serve: Callable[..., Any]
) -> None:
    """The page shows the words that differ; said twice it is one commit; what changed since, or was flagged since, is not stamped."""
    path = kb_root / "api/quotas.md"
    server = serve(kb_root)
    page = server.ask("/verify/api/quotas").text
    assert "Is all of it right today?" in page
    assert server.ask("/verify/api/quotas", {"digest": read_digest(page)}).status == 303
    assert f"verified_digest: {read_digest(page)}" in path.read_text()
    head = ask_git(kb_root, "rev-parse", "HEAD")
    assert server.ask("/verify/api/quotas", {"digest": read_digest(page)}).status == 303
    assert ask_git(kb_root, "rev-parse", "HEAD") == head
    assert "Verified-by: Ada Example <ada@example.org>" in ask_git(kb_root, "log", "-1")
    path.write_text(path.read_text().replace("a quota a minute", "a limit an hour"))
    git_commit(kb_root)
    changed = server.ask("/verify/api/quotas").text
    assert re.search(r"<del>quota</del> a <del>minute</del>|<del>quota a minute</del>", changed)
    assert server.ask("/verify/api/quotas", {"digest": read_digest(page)}).status == 409
    flagged = {"digest": read_digest(changed), "reason": "no <b>quota</b>"}
    assert server.ask("/flag/api/quotas", flagged).status == 303
    # The text is what was shown, but meanwhile somebody called it wrong.
    assert server.ask("/verify/api/quotas", {"digest": read_digest(changed)}).status == 409
    assert 'value="no &lt;b&gt;quota&lt;/b&gt;" required' in server.ask("/verify/api/quotas").text
    settled = {"digest": read_digest(changed), "settled": "no <b>quota</b>"}
    done = json.loads(
        server.ask(
            "/api/verify/api/quotas", json.dumps(settled).encode(), Content_Type="application/json"
        ).text
    )
    assert done["data"]["cards"][0]["card"]["state"] == "verified"
    assert "flagged" not in path.read_text()
    (kb_root / "draft.md").write_text("---\ntitle: D\nstatus: draft\n---\nText.\n")
    git_commit(kb_root)
    assert "It cannot be verified: it is a draft" in server.ask("/verify/draft").text


def test_many_who_write_at_once_lose_nothing(
    kb_root: Path, git_commit: Callable[..., str], serve: Callable[..., Any]
) -> None:
    """Each change is a commit of its own under its name; of two about one card one is told that it came second."""
    for number in range(4):
        (kb_root / f"c{number}.md").write_text(f"---\ntitle: C{number}\n---\nText.\n")
    git_commit(kb_root)
    server = serve(kb_root, user_header="X-User", proxies=frozenset({"127.0.0.1"}))
    digests = {
        f"c{number}": read_digest(server.ask(f"/card/c{number}", X_User="x").text) for number in range(4)
    }

    def flag(place: int) -> int:
        ident = f"c{place % 4}"
        form = {"digest": digests[ident], "reason": f"said by {place}"}
        return int(server.ask(f"/flag/{ident}", form, X_User=f"u{place}@example.org").status)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(flag, range(8)))
    assert sorted(statuses) == [303] * 4 + [409] * 4
    authors = ask_git(kb_root, "log", "-4", "--format=%ae").split()
    assert sorted(authors) == sorted(
        f"u{place}@example.org" for place, status in enumerate(statuses) if status == 303
    )
    assert ask_git(kb_root, "status", "--porcelain") == ""


def test_what_somebody_has_not_committed_is_not_taken_along(
    kb_root: Path, git_commit: Callable[..., str], serve: Callable[..., Any]
) -> None:
    """A card with an edit in progress is refused; where git refuses the commit, the file is as it was."""
    path = kb_root / "api/quotas.md"
    server = serve(kb_root)
    path.write_text(path.read_text() + "\nHalf a sen")
    form = {"digest": read_digest(server.ask("/card/api/quotas").text), "reason": "x y z"}
    refused = server.ask("/flag/api/quotas", form)
    assert refused.status == 409
    assert "not committed" in refused.text
    assert path.read_text().endswith("Half a sen")
    git_commit(kb_root)
    hook = kb_root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho the gate says no >&2\nexit 1\n")
    hook.chmod(0o755)
    before = path.read_bytes()
    failed = server.ask("/flag/api/quotas", form)
    assert failed.status == 422
    assert "the gate says no" in failed.text
    assert path.read_bytes() == before
    assert ask_git(kb_root, "status", "--porcelain") == ""


def test_what_answered_a_ticket_and_what_did_not_is_noted(kb_root: Path, serve: Callable[..., Any]) -> None:
    """Each is a line in git, committed by who noted it; another text, personal data and a hook that says no leave nothing."""
    server = serve(kb_root, user_header="X-User", proxies=frozenset({"127.0.0.1"}))
    mia = {"X_User": "mia@example.org"}
    digest = read_digest(server.ask("/card/api/quotas", **mia).text)
    for path, form, status in (
        ("/link/api/quotas", {"digest": "v2:" + "0" * 32, "ticket": "35436"}, 409),
        ("/link/api/quotas", {"digest": digest, "ticket": "mia@example.org"}, 409),
        ("/link/api/quotas", {"digest": digest}, 409),
        ("/link/quotas", {"digest": digest, "ticket": "35436"}, 404),
        ("/gap", {"ticket": "35436", "asked": ""}, 409),
        ("/gap", {"ticket": "35436", "asked": "write to ben@example.com"}, 409),
        ("/gap", {"ticket": "35436", "asked": "one two three four five six seven eight nine"}, 409),
        ("/gap", {"ticket": "35436", "asked": "x" * 201}, 409),
        ("/gap", {"ticket": "35436", "asked": "no \u202e pdf"}, 409),
    ):
        refused = server.ask(path, form, **mia)
        assert refused.status == status, (path, form)
        assert "ben@example.com" not in refused.text
    assert not (kb_root / "support").exists()
    done = server.ask("/link/api/quotas", {"digest": digest, "ticket": " 35436 "}, **mia)
    assert (done.status, done.headers["location"]) == (303, "/card/api/quotas?done=linked")
    assert "answered the ticket" in server.ask(done.headers["location"], **mia).text
    gap = server.ask("/api/gap", {"ticket": "7", "asked": "export as PDF"}, **mia)
    assert json.loads(gap.text)["data"]["lines"][0]["asked"] == "export as PDF"
    assert "export as PDF" in server.ask("/gaps?done=noted", **mia).text
    (lines,) = (kb_root / "support/links").rglob("*.jsonl")
    found = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [(one["ticket"], one.get("card"), one["outcome"]) for one in found] == [
        ("35436", "api/quotas", "used"),
        ("7", None, "none"),
    ]
    assert ask_git(kb_root, "log", "-2", "--format=%ae").split() == ["mia@example.org"] * 2
    assert ask_git(kb_root, "status", "--porcelain") == ""
    hook = kb_root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert server.ask("/gap", {"ticket": "8", "asked": "export as SVG"}, **mia).status == 422
    assert len(lines.read_text().splitlines()) == 2
    assert ask_git(kb_root, "status", "--porcelain") == ""


def test_changes_go_to_the_branch_of_kb_toml_and_never_by_force(
    kb_root: Path, tmp_path: Path, git_commit: Callable[..., str], serve: Callable[..., Any]
) -> None:
    """They are pushed there; what the remote does not take is said on each page; on another branch nothing is written."""
    server = serve(kb_root)
    form = {"digest": read_digest(server.ask("/card/api/quotas").text), "reason": "x y z"}
    (kb_root / "kb.toml").write_text('[serve]\nbranch = "edits"\n')
    git_commit(kb_root)
    assert server.ask("/flag/api/quotas", form).status == 409
    remote = tmp_path / "remote.git"
    ask_git(tmp_path, "clone", "-q", "--bare", str(kb_root), str(remote))
    ask_git(kb_root, "remote", "add", "origin", str(remote))
    ask_git(kb_root, "switch", "-q", "-c", "edits")
    ask_git(kb_root, "push", "-q", "origin", "main", "edits")
    assert server.ask("/flag/api/quotas", form).status == 303
    assert ask_git(remote, "rev-parse", "edits") == ask_git(kb_root, "rev-parse", "HEAD")
    assert "only on this server" not in server.ask("/").text
    # Somebody else pushed to the branch.
    other = tmp_path / "other"
    ask_git(tmp_path, "clone", "-q", "-b", "edits", str(remote), str(other))
    (other / "new.md").write_text("New.\n")
    theirs = git_commit(other)
    ask_git(other, "push", "-q", "origin", "edits")
    digest = read_digest(server.ask("/card/billing/refund").text)
    assert server.ask("/flag/billing/refund", {"digest": digest, "reason": "x y z"}).status == 303
    assert ask_git(remote, "rev-parse", "edits").strip() == theirs
    assert "1 change is only on this server so far." in server.ask("/").text


def test_who_switches_branches_while_somebody_writes_waits(
    kb_root: Path,
    git_commit: Callable[..., str],
    serve: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A commit is on the branch of kb.toml, whatever happens meanwhile, with new files too; another git at work is told of."""
    from kbcli.foundation.git import commit
    from kbcli.operations import link, writing

    (kb_root / "kb.toml").write_text('[serve]\nbranch = "edits"\n')
    git_commit(kb_root)
    ask_git(kb_root, "switch", "-q", "-c", "edits")
    server = serve(kb_root)
    digest = read_digest(server.ask("/card/api/quotas").text)
    said = []

    def switch(*_: Any) -> None:
        done = subprocess.run(
            ["git", "switch", "main"], cwd=kb_root, capture_output=True, text=True, check=False
        )
        said.append(done.stderr)

    check_shown, make_id = writing.check_shown, link.make_id
    monkeypatch.setattr(writing, "check_shown", lambda *given: (switch(), check_shown(*given)))
    monkeypatch.setattr(link, "make_id", lambda: (switch(), make_id())[1])
    assert server.ask("/flag/api/quotas", {"digest": digest, "reason": "x y z"}).status == 303
    assert server.ask("/gap", {"ticket": "7", "asked": "export as PDF"}).status == 303
    assert all("index.lock" in one for one in said)
    assert len(said) == 2
    assert ask_git(kb_root, "log", "--format=%s", "main..edits").split("\n")[:2] == [
        "Link 7",
        "Flag api/quotas",
    ]
    assert ask_git(kb_root, "status", "--porcelain") == ""
    (kb_root / ".git/index.lock").write_text("")
    monkeypatch.setattr(commit, "_TRIES", 1)
    busy = server.ask("/gap", {"ticket": "8", "asked": "export as PDF"})
    assert (busy.status, "another git is at work" in busy.text) == (409, True)
    assert (kb_root / ".git/index.lock").exists()


def test_a_pull_that_is_not_done_is_waited_for(
    kb_root: Path, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its files and its commit nobody else commits: else what it brought would lie there as somebody's change."""
    from kbcli.operations import writing

    server = serve(kb_root)
    digest = read_digest(server.ask("/card/api/quotas").text)
    (kb_root / "new.md").write_text("New.\n")
    ask_git(kb_root, "add", "new.md")
    tree = ask_git(kb_root, "write-tree").strip()
    pulled = ask_git(kb_root, "commit-tree", tree, "-p", "HEAD", "-m", "pulled").strip()
    later = Timer(0.3, lambda: ask_git(kb_root, "update-ref", "HEAD", pulled))
    hold_checkout = writing.hold_checkout
    monkeypatch.setattr(writing, "hold_checkout", lambda root: (later.start(), hold_checkout(root))[1])
    assert server.ask("/flag/api/quotas", {"digest": digest, "reason": "x y z"}).status == 303
    later.join()
    assert ask_git(kb_root, "rev-parse", "HEAD~1").strip() == pulled
    assert ask_git(kb_root, "status", "--porcelain") == ""


def test_without_git_nothing_is_written(tmp_path: Path, serve: Callable[..., Any]) -> None:
    """A folder that git does not know is for reading."""
    root = tmp_path / "plain"
    root.mkdir()
    (root / "a.md").write_text("---\ntitle: A\n---\nText.\n")
    server = serve(root)
    form = {"digest": read_digest(server.ask("/card/a").text), "reason": "x y z"}
    assert server.ask("/flag/a", form).status == 409
    assert (root / "a.md").read_text() == "---\ntitle: A\n---\nText.\n"


def test_programs_are_told_what_there_is(kb_root: Path, serve: Callable[..., Any]) -> None:
    """The OpenAPI description names each address that answers in JSON, and each of those answers."""
    server = serve(kb_root)
    described = json.loads(server.ask("/api/openapi.json").text)
    assert described["openapi"] == "3.1.0"
    for path, methods in described["paths"].items():
        where = path.replace("{ident}", "api/quotas")
        if "get" in methods:
            query = "?q=quota" if path == "/api/search" else ""
            # Without an archive, or shifts, some have only a problem to tell.
            said = json.loads(server.ask(where + query).text)
            assert (said["data"] is None) == (path in ("/api/week", "/api/shift", "/api/top-ten")), path
        else:
            assert json.loads(server.ask(where, {"text": "quota"}).text)["kb"] == 1, path
    said = json.loads(
        server.ask(
            "/api/suggest", b'{"text": "Hello,\\nwhat is my quota?"}', Content_Type="application/json"
        ).text
    )
    assert said["data"]["hits"][0]["card"]["id"] == "api/quotas"
