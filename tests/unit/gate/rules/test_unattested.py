"""The rule unattested: a verification is in the name of somebody its commit names."""

import pytest

from .conftest import ADA, BOB, GITHUB, Repo


def verify(
    repo: Repo, *trailers: str, author: str = BOB, committer: str = "", by: str = "ada@example.org"
) -> None:
    """A card is there, and then a commit stamps it in somebody's name."""
    repo.card(verified=None, verified_by=None)
    repo.commit("Add", author=BOB)
    repo.card(verified_by=by)
    repo.commit("Verify a", *trailers, author=author, committer=committer)


def test_a_stamp_in_another_name_is_found(repo: Repo) -> None:
    """Bob commits that Ada verified: the finding names both, the commit, and the line."""
    verify(repo)
    (found,) = repo.find("unattested")
    assert (found.card, found.line) == ("a", 6)
    assert "ada@example.org" in found.message
    assert "Bob Sample" in found.message
    assert repo.git("rev-parse", "HEAD")[:10] in found.message


@pytest.mark.parametrize(
    ("trailers", "author", "committer", "by"),
    [
        ((), ADA, "", "ada@example.org"),
        ((), BOB, ADA, "Ada Example"),  # a rebase keeps the author; the committer vouches
        ((), ADA, GITHUB, ADA),  # merged on GitHub's page
        (("Verified-by: Ada Example <ada@example.org>",), BOB, "", "ada@example.org"),
        (("co-authored-by: ADA example <Ada@Example.org>",), BOB, GITHUB, "ada@example.org"),
        ((), "Ada Example <123+ada-x@users.noreply.github.com>", GITHUB, "@ada-x"),
        ((), "Ada Example <123+ada-x@users.noreply.github.com>", GITHUB, "Ada Example <ada@example.org>"),
        ((), "A. <ada@example.org>", "", "ada"),
        ((), "Carl Third <carl@example.org>", "", "api-team"),
        (("Verified-by: carl@example.org",), ADA, "", "ada@example.org, carl@example.org"),
        ((), BOB, "", "nobody-in-it"),
    ],
)  # fmt: skip
def test_whoever_the_commit_names_may_vouch(
    repo: Repo, trailers: tuple[str, ...], author: str, committer: str, by: str
) -> None:
    """Author, committer and trailers count, by name, address or handle, in any case; of a group any member."""
    if by == "nobody-in-it":
        repo.write("kb.toml", "[groups]\nnobody-in-it = []\n")
    verify(repo, *trailers, author=author, committer=committer, by=by)
    assert repo.find("unattested") == []


@pytest.mark.parametrize(
    "by",
    ["Ada Other <ada@elsewhere.org>", "web-team, or so", "ada@example.org, bob@example.org", "adam", GITHUB],
)
def test_alike_is_not_the_same(repo: Repo, by: str) -> None:
    """Half a name, another address, the second of two verifiers, and GitHub's own name attest nothing."""
    verify(repo, author=ADA, committer=GITHUB, by=by)
    assert [found.card for found in repo.find("unattested")] == ["a"]


def test_a_squash_keeps_the_trailers_of_what_it_joins(repo: Repo) -> None:
    """Trailers in the middle of a squashed message, where git itself sees none, count."""
    body = "* Verify a\n\nVerified-by: Ada Example <ada@example.org>\n\n* Typo\n\nAnd a last word."
    verify(repo, body, committer=GITHUB)
    assert repo.find("unattested") == []


def test_mailmap_and_people_join_names(repo: Repo) -> None:
    """A work and a home address are one person when .mailmap or kb.toml's people say so."""
    verify(repo, author="adabyron <ada@home.net>")
    assert len(repo.find("unattested")) == 1
    repo.write(".mailmap", "Ada Example <ada@example.org> <ada@home.net>\n")
    assert repo.find("unattested") == []
    (repo.root / ".mailmap").unlink()
    repo.write("kb.toml", '[people]\n"Ada Example" = ["ada@example.org", "ada@home.net"]\n')
    assert repo.find("unattested") == []


def test_an_address_is_known_by_the_name_it_commits_under(repo: Repo) -> None:
    """Ada's noreply address needs no setting where another commit of hers shows name and address together."""
    repo.write("notes.txt", "x")
    repo.commit("Notes", author=ADA)
    verify(repo, author="Ada Example <123+xx@users.noreply.github.com>", committer=GITHUB)
    assert repo.find("unattested") == []


def test_merges_and_renames_pass_a_stamp_on(repo: Repo) -> None:
    """Bob merges and moves what Ada verified: she set it, he did not, whatever conflicted."""
    repo.card(verified=None, verified_by=None)
    repo.commit("Add", author=BOB)
    repo.git("switch", "-qc", "side")
    repo.card(body="Wait a minute.\n\nOr two.\n")
    repo.commit("Verify a", author=ADA)
    repo.git("switch", "-q", "main")
    repo.card(verified=None, verified_by=None, body="Wait a minute.\n\nOr three.\n")
    repo.commit("Edit", author=BOB)
    repo.git("merge", "-q", "side", author=BOB, check=False)
    repo.card(body="Wait a minute.\n\nOr two or three.\n")
    repo.commit("Merge", author=BOB)
    repo.git("mv", "a.md", "b.md")
    repo.commit("Move", author=BOB)
    assert repo.find("unattested") == []


def test_a_stamp_that_was_undone_and_put_back_is_still_hers(repo: Repo) -> None:
    """Bob reverts Ada's stamp and reverts the revert: the same claim was attested once."""
    verify(repo, author=ADA)
    stamp = repo.git("rev-parse", "HEAD")
    repo.clock += 1
    repo.git("revert", "--no-edit", stamp, author=BOB)
    repo.clock += 1
    repo.git("revert", "--no-edit", "HEAD", author=BOB)
    assert repo.find("unattested") == []


def test_a_new_digest_under_an_old_name_is_a_new_stamp(repo: Repo) -> None:
    """Bob changes the text and the digest, and leaves Ada's name and date: that is not her word."""
    digest = "v1:" + "1" * 16
    repo.card(verified_digest=digest)
    repo.commit("Verify", author=ADA)
    repo.card(verified_digest="v1:" + "2" * 16, body="Wait an hour.\n")
    repo.commit("Tidy", author=BOB)
    assert [found.card for found in repo.find("unattested")] == ["a"]


def test_a_move_carries_digests_along(repo: Repo) -> None:
    """`kb mv` repairs links and brings the digests along: whoever moved a card verified nothing."""
    repo.card("b.md", "Its text.\n", verified=None, verified_by=None)
    repo.card("a.md", "See [b](b.md) for more.\n", verified_digest="v1:" + "1" * 16)
    repo.commit("Verify", author=ADA)
    repo.git("mv", "b.md", "c.md")
    repo.card("a.md", "See [b](c.md) for more.\n", verified_digest="v1:" + "2" * 16)
    repo.commit("Move b", author=BOB)
    assert repo.find("unattested") == []


def test_another_spelling_of_the_verifier_is_no_new_stamp(repo: Repo) -> None:
    """Writing the same person's name in full vouches for nothing."""
    verify(repo, author=ADA, by="ada@example.org")
    repo.card(verified_by=ADA)
    repo.commit("Spell names out", author=BOB)
    assert repo.find("unattested") == []


def test_what_is_not_committed_is_nobody_s_yet(repo: Repo) -> None:
    """A stamp in the working tree is judged when it is committed, also that of a new card."""
    repo.card()
    assert repo.find("unattested") == []


def test_a_change_is_blamed_for_its_own_stamps_only(repo: Repo) -> None:
    """An old stamp in another name was already there, also after a rename; one on the branch is caused by it."""
    verify(repo)
    repo.git("switch", "-qc", "work")
    repo.git("mv", "a.md", "old.md")
    repo.card("new.md")
    repo.commit("Work", author=BOB)
    assert repo.find_caused("main", "unattested") == {("unattested", "new")}


def test_a_restamp_after_a_mechanical_commit_is_nobody_elses_word(repo: Repo) -> None:
    """Bob renews Ada's digest after a formatter: in order once .git-blame-ignore-revs names its commit, else found."""
    repo.card(body="* One\n")
    first = repo.load().cards[0].digest
    repo.card(body="* One\n", verified_digest=first)
    repo.commit("Verify")
    repo.card(body="- One\n", verified_digest=first)
    repo.commit("Format", author=BOB)
    sha = repo.git("rev-parse", "HEAD")
    repo.card(body="- One\n", verified_digest=repo.load().cards[0].digest)
    repo.commit("Restamp", author=BOB)
    assert repo.find("unattested")
    repo.write(".git-blame-ignore-revs", f"{sha}\n")
    repo.commit("Name it", author=BOB)
    assert not repo.find("unattested")


def test_a_digest_written_anew_by_the_next_scheme_verifies_nothing(repo: Repo) -> None:
    """Whoever brings the stamp of an unchanged text to the scheme of today vouches for nothing, and needs no leave."""
    repo.card()
    card = repo.load().cards[0]
    repo.card(verified_digest=card.digest_v1)
    repo.commit("Verify")
    repo.card(verified_digest=card.digest)
    repo.commit("Pin", author=BOB)
    assert not repo.find("unattested")
