"""The index follows the files: whatever happens to them, the next question is answered from what is there."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kbcli.config import Config, load_config
from kbcli.foundation.disk.files import Stamp
from kbcli.foundation.git.worktree import FreshnessCheck, find_git_root
from kbcli.knowledge.index.schema import FORMAT
from kbcli.knowledge.index.sync import OpenIndex, ask_index, describe_index, open_local_index

Make = Callable[..., Config]
Expect = Callable[..., OpenIndex]
FILES = {f"a/card-{number}.md": f"# Card {number}\n\nText of {number}.\n" for number in range(12)}


@pytest.fixture(params=["git", "plain"])
def config(request: pytest.FixtureRequest, make_config: Make) -> Config:
    """The same cards in a git repository, and without one."""
    return make_config(FILES, git=request.param == "git")


@pytest.fixture
def git_config(make_config: Make) -> Config:
    """Cards in a git repository, all committed."""
    return make_config(FILES, git=True)


def run_git(config: Config, *arguments: str) -> str:
    """Run git in the knowledge base."""
    done = subprocess.run(["git", *arguments], cwd=config.root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def let_the_clock_tick() -> None:
    """Wait until a file written now has another time than one written before, and is no longer racy."""
    time.sleep(0.03)


def test_first_question_builds(config: Config, expect_in_step: Expect) -> None:
    """Nobody has to build the index; the second question does no work."""
    steps: list[tuple[int, int]] = []
    index = expect_in_step(config, progress=lambda done, total: steps.append((done, total)))
    assert (index.built, index.is_stale, index.temporary) == (12, False, "")
    assert steps[-1] == (12, 12)
    assert describe_index(config).asks_git == (config.git_root is not None)
    let_the_clock_tick()
    open_local_index(config)
    before = describe_index(config)
    assert expect_in_step(config).built == 0
    assert describe_index(config) == before


def test_every_kind_of_change_is_seen(config: Config, expect_in_step: Expect) -> None:
    """New, edited, deleted, renamed, emptied and replaced cards."""
    expect_in_step(config)
    folder = config.root / "a"
    (folder / "card-0.md").write_text("# Card 0\n\nEdited.\n")
    (folder / "card-1.md").unlink()
    (folder / "card-2.md").rename(folder / "moved.md")
    (folder / "card-3.md").write_text("")
    (config.root / "new").mkdir()
    (config.root / "new" / "card.md").write_text("# New\n")
    os.replace(folder / "card-4.md", folder / "card-5.md")
    index = expect_in_step(config)
    assert index.built == 5
    assert expect_in_step(config).built == 0


def test_only_what_changed_is_read_in(config: Config, expect_in_step: Expect) -> None:
    """One edited card is one card's work."""
    expect_in_step(config)
    (config.root / "a/card-7.md").write_text("# Seven\n")
    assert expect_in_step(config).built == 1


def test_touched_file_is_not_indexed_again(config: Config, expect_in_step: Expect) -> None:
    """A new time on the same content costs a look at it, once."""
    expect_in_step(config)
    let_the_clock_tick()
    expect_in_step(config)
    os.utime(config.root / "a/card-7.md", ns=(1, 1_000_000_007))
    assert expect_in_step(config).built == 0
    before = describe_index(config)
    assert expect_in_step(config).built == 0
    assert describe_index(config) == before


def test_edit_within_one_tick_is_seen(config: Config, expect_in_step: Expect) -> None:
    """A second edit of the same length, with the same time, right after the index looked."""
    path = config.root / "a/card-7.md"
    for word in ("alpha", "gamma", "delta", "theta"):
        path.write_text(f"# Seven\n\n{word}\n")
        now = time.time_ns()
        os.utime(path, ns=(now, now))
        index = expect_in_step(config)
        assert index.reader.document_frequency("body", index_term(index, word)) == 1


def index_term(index: OpenIndex, word: str) -> str:
    """The term a word was indexed as."""
    return next(term for term, _ in index.reader.terms("body", word[:4]))


def test_same_stamp_within_a_tick_is_not_believed(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two edits get one time, size and file, content decides; git may be clean or not."""

    def make_stamp(status: os.stat_result) -> Stamp:
        return Stamp(status.st_mtime_ns, 0, status.st_size, status.st_ino)

    monkeypatch.setattr("kbcli.knowledge.index.documents.make_stamp", make_stamp)
    monkeypatch.setattr("kbcli.foundation.disk.files.make_stamp", make_stamp)
    path = config.root / "a/card-7.md"
    path.write_text("# Seven\n\nalpha\n")
    now = time.time_ns() // 1000 * 1000 + 7
    os.utime(path, ns=(now, now))
    monkeypatch.setattr(time, "time_ns", lambda: now + 1_000_000)
    expect_in_step(config)
    path.write_text("# Seven\n\ngamma\n")
    os.utime(path, ns=(now, now))
    assert expect_in_step(config).built == 1


def test_time_going_backwards_is_seen(config: Config, expect_in_step: Expect) -> None:
    """A file that became older than the index, as after a checkout or a restored backup, is read again."""
    expect_in_step(config)
    let_the_clock_tick()
    path = config.root / "a/card-7.md"
    path.write_text("# Older but new\n")
    os.utime(path, ns=(10**18, 10**18))
    assert expect_in_step(config).built == 1


def test_time_in_the_future_is_no_trap(config: Config, expect_in_step: Expect) -> None:
    """A file from a clock that goes ahead is still seen to change."""
    path = config.root / "a/card-7.md"
    later = time.time_ns() + 10**15
    os.utime(path, ns=(later, later))
    expect_in_step(config)
    path.write_text("# Changed\n")
    assert expect_in_step(config).built == 1


def test_same_time_and_size_but_another_file_is_seen(config: Config, expect_in_step: Expect) -> None:
    """A file put in another's place with its time and size."""
    expect_in_step(config)
    let_the_clock_tick()
    expect_in_step(config)
    path, other = config.root / "a/card-7.md", config.root / "other.tmp"
    other.write_text(path.read_text().replace("7", "8"))
    status = path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(other, path)
    assert expect_in_step(config).built == 1


def test_settings_change_rebuilds(config: Config, expect_in_step: Expect) -> None:
    """Another kb.toml means another index."""
    expect_in_step(config)
    (config.root / "kb.toml").write_text('exclude = ["a/card-1*"]\n')
    changed = load_config(config.root, config.git_root)
    index = expect_in_step(changed)
    assert index.built == index.reader.doc_count == 9


def test_another_version_rebuilds(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer kb, or a newer layout, does not read what an older one wrote."""
    expect_in_step(config)
    monkeypatch.setattr("kbcli.knowledge.index.schema.FORMAT", FORMAT + 1)
    assert expect_in_step(config).built == 12
    monkeypatch.setattr("kbcli.knowledge.index.schema.__version__", "999")
    assert expect_in_step(config).built == 12


def test_moved_knowledge_base_has_its_own_index(
    config: Config, expect_in_step: Expect, tmp_path: Path
) -> None:
    """The index is found by the real path; a link leads to the same one."""
    expect_in_step(config)
    link = tmp_path / "link"
    link.symlink_to(config.root)
    assert open_local_index(load_config(link.resolve(), find_git_root(link))).built == 0
    config.root.rename(tmp_path / "elsewhere")
    moved = load_config(tmp_path / "elsewhere", find_git_root(tmp_path / "elsewhere"))
    assert expect_in_step(moved).built == 12


def test_unreadable_card_is_left_out_until_it_can_be_read(config: Config, expect_in_step: Expect) -> None:
    """What cannot be read is not found, and is found once it can be, though neither time nor text changed."""
    path = config.root / "a/card-7.md"
    text = path.read_text()
    expect_in_step(config)
    path.unlink()
    path.symlink_to("nowhere.md")
    assert expect_in_step(config).reader.doc_count == 11
    path.unlink()
    path.write_text(text)
    assert expect_in_step(config).reader.doc_count == 12


def test_target_of_a_link_is_watched(config: Config, expect_in_step: Expect) -> None:
    """A card that is a link changes when the file it leads to changes, which git does not call a change of it."""
    (config.root / "shared.txt").write_text("# Shared\n")
    (config.root / "a/link.md").symlink_to("../shared.txt")
    if config.git_root:
        run_git(config, "add", "-A")
        run_git(config, "commit", "-qm", "Link")
    expect_in_step(config)
    let_the_clock_tick()
    (config.root / "shared.txt").write_text("# Shared and changed\n")
    assert expect_in_step(config).built == 1


def test_odd_names(config: Config, expect_in_step: Expect) -> None:
    """File names that need quoting anywhere are found, changed and deleted like others."""
    names = ("ünï.md", "with space.md", "new\nline.md", "quote\"'.md", "-dash.md", "日本.md", ":(top).md")
    paths = [config.root / name for name in names]
    expect_in_step(config)
    for text in ("# Odd\n", "# Odd and edited\n"):
        for path in paths:
            path.write_text(text)
        assert expect_in_step(config).built == len(paths)
    for path in paths:
        path.unlink()
    assert expect_in_step(config).reader.doc_count == 12


def test_commit_of_an_indexed_edit_is_no_work(git_config: Config, expect_in_step: Expect) -> None:
    """Committing what is indexed already reads nothing in."""
    (git_config.root / "a/card-7.md").write_text("# Seven\n")
    assert expect_in_step(git_config).built == 12
    run_git(git_config, "commit", "-qam", "Edit")
    assert expect_in_step(git_config).built == 0


def test_branch_switch_and_back(git_config: Config, expect_in_step: Expect) -> None:
    """Each branch is answered with its own cards."""
    expect_in_step(git_config)
    run_git(git_config, "checkout", "-qb", "other")
    for number in range(6):
        (git_config.root / f"a/card-{number}.md").write_text(f"# Other {number}\n")
    (git_config.root / "a/card-9.md").unlink()
    run_git(git_config, "commit", "-qam", "Other")
    assert expect_in_step(git_config).built == 6
    run_git(git_config, "checkout", "-q", "main")
    assert expect_in_step(git_config).built == 7
    run_git(git_config, "checkout", "-q", "other")
    assert expect_in_step(git_config).built == 6


def test_restoring_an_edit_is_seen(git_config: Config, expect_in_step: Expect) -> None:
    """An edit that was indexed and then taken back leaves no trace, with git clean again."""
    expect_in_step(git_config)
    for number in range(3):
        (git_config.root / "a/card-7.md").write_text(f"# Seven {number}\n")
        assert expect_in_step(git_config).built == 1
        run_git(git_config, "checkout", "-q", "--", ".")
        assert expect_in_step(git_config).built == 1


def test_edit_taken_back_while_indexing(git_config: Config, expect_in_step: Expect) -> None:
    """A file that git called clean, was edited before it was read, and is clean again, is not believed."""
    from kbcli.foundation.git.worktree import FreshnessCheck

    check = FreshnessCheck(git_config.root, git_config.git_root)
    check.result()
    (git_config.root / "a/card-7.md").write_text("# In between\n")
    assert open_local_index(git_config, check=check).built == 12
    run_git(git_config, "checkout", "-q", "--", ".")
    assert expect_in_step(git_config).built == 1


def test_ignored_files_are_no_cards(git_config: Config, expect_in_step: Expect) -> None:
    """Ignoring an indexed file takes it out, and no longer ignoring it brings it back."""
    (git_config.root / "a/draft.md").write_text("# Draft\n")
    assert expect_in_step(git_config).reader.doc_count == 13
    let_the_clock_tick()
    expect_in_step(git_config)
    (git_config.root / ".gitignore").write_text("draft.md\n")
    assert expect_in_step(git_config).reader.doc_count == 12
    (git_config.root / "a/draft.md").write_text("# Draft 2\n")
    assert expect_in_step(git_config).reader.doc_count == 12
    (git_config.root / ".gitignore").write_text("")
    assert expect_in_step(git_config).reader.doc_count == 13


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_marked_files_are_watched(git_config: Config, expect_in_step: Expect, mark: str) -> None:
    """Git is silent about files marked so; kb looks at them itself."""
    expect_in_step(git_config)
    run_git(git_config, "update-index", mark, "a/card-7.md")
    for number in range(3):
        (git_config.root / "a/card-7.md").write_text(f"# Marked {number}\n")
        assert expect_in_step(git_config).built == 1
    run_git(git_config, "update-index", mark.replace("--", "--no-"), "a/card-7.md")
    (git_config.root / "a/card-7.md").write_text("# No longer marked\n")
    assert expect_in_step(git_config).built == 1


def test_history_that_is_gone_is_no_trap(git_config: Config, expect_in_step: Expect) -> None:
    """When the commit of the index cannot be compared with, content is."""
    expect_in_step(git_config)
    (git_config.root / "a/card-7.md").write_text("# Rewritten\n")
    run_git(git_config, "commit", "-qa", "--amend", "-m", "Rewritten")
    run_git(git_config, "reflog", "expire", "--expire=now", "--all")
    run_git(git_config, "gc", "-q", "--prune=now")
    assert expect_in_step(git_config).built == 1
    assert expect_in_step(git_config).built == 0


def test_git_coming_and_going(make_config: Make, expect_in_step: Expect) -> None:
    """A folder becomes a repository without a commit, gets one, and stops being a repository."""
    config = make_config(FILES)
    expect_in_step(config)
    run_git(config, "init", "-q")
    config = load_config(config.root, find_git_root(config.root))
    (config.root / "a/card-7.md").write_text("# No commit yet\n")
    assert expect_in_step(config).built == 1
    assert describe_index(config).asks_git
    run_git(config, "add", "-A")
    (config.root / "a/card-7.md").write_text("# Added\n")
    assert expect_in_step(config).built == 1
    run_git(config, "commit", "-qm", "Begin")
    (config.root / "a/card-8.md").write_text("# Committed\n")
    assert expect_in_step(config).built == 1
    (config.root / ".git").rename(config.root / "no-longer-git")
    config = load_config(config.root, None)
    (config.root / "a/card-9.md").write_text("# Plain\n")
    assert expect_in_step(config).built == 1


def test_knowledge_base_below_the_git_root(make_config: Make, expect_in_step: Expect) -> None:
    """Changes are told by their path in the knowledge base; those beside it do not matter."""
    config = make_config(
        {f"content/{path}": text for path, text in FILES.items()} | {"readme.md": "# No card\n"}, git=True
    )
    root = config.root / "content"
    inner = load_config(root, config.root)
    expect_in_step(inner)
    (root / "a/card-7.md").write_text("# Inner\n")
    (config.root / "readme.md").write_text("# Still none\n")
    assert expect_in_step(inner).built == 1
    run_git(config, "checkout", "-q", "--", ".")
    assert expect_in_step(inner).built == 1


def test_linked_work_tree(git_config: Config, expect_in_step: Expect, tmp_path: Path) -> None:
    """A linked work tree is asked about its own HEAD and files."""
    run_git(git_config, "worktree", "add", "-q", "../tree", "-b", "side")
    tree = load_config(tmp_path / "tree", find_git_root(tmp_path / "tree"))
    expect_in_step(tree)
    assert describe_index(tree).asks_git
    (tree.root / "a/card-7.md").write_text("# On the side\n")
    run_git(tree, "commit", "-qam", "Side")
    assert expect_in_step(tree).built == 1
    assert expect_in_step(git_config).built == 12


def test_many_single_edits_keep_segments_few(make_config: Make, expect_in_step: Expect) -> None:
    """Small segments are merged as they come, and nothing is lost by it."""
    config = make_config({f"c{number}.md": f"# C {number}\n" for number in range(30)})
    open_local_index(config)
    for number in range(30):
        (config.root / f"c{number}.md").write_text(f"# Edited {number}\n\n{'word ' * number}\n")
        assert open_local_index(config).built == 1
    assert len(expect_in_step(config).reader.segments) <= 8


def test_empty_knowledge_base(make_config: Make, expect_in_step: Expect) -> None:
    """No card at all is an index too; the first card is then found."""
    config = make_config({})
    assert expect_in_step(config).reader.doc_count == 0
    assert expect_in_step(config).built == 0
    (config.root / "first.md").write_text("# First\n")
    assert expect_in_step(config).built == 1
    (config.root / "first.md").unlink()
    assert expect_in_step(config).reader.doc_count == 0


def test_many_cards_make_several_segments(
    make_config: Make, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that outgrows its memory goes on in another segment."""
    monkeypatch.setattr("kbcli.knowledge.index.building.MAX_POSTINGS", 50)
    index = expect_in_step(make_config(FILES))
    assert len(index.reader.segments) > 1


def test_deleted_card_that_is_restored_is_found_again(git_config: Config, expect_in_step: Expect) -> None:
    """A search between `rm` and `git checkout`, which git then knows nothing of, loses no card, and costs no reading."""
    path = min(git_config.root.rglob("*.md"))
    open_local_index(git_config)
    data = path.read_bytes()
    for _ in range(2):
        path.unlink()
        expect_in_step(git_config)
        assert open_local_index(git_config).built == 0
        subprocess.run(["git", "checkout", "-q", "--", "."], cwd=git_config.root, check=True)
        assert path.read_bytes() == data
        assert (
            expect_in_step(git_config).reader.number_of(path.relative_to(git_config.root).as_posix())
            is not None
        )


@pytest.mark.parametrize("change", ["nothing", "edit", "commit", "new file"])
def test_an_eager_question_is_answered_by_what_is_there(
    git_config: Config, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Asked while git still looks, the index as it was answers only if git then finds nothing changed."""
    open_local_index(git_config)
    let_the_clock_tick()
    open_local_index(git_config)
    card = git_config.root / ("a/card-3.md" if change != "new file" else "a/added.md")
    if change != "nothing":
        card.write_text("# Card\n\nAbout narwhals.\n", encoding="utf-8")
    if change == "commit":
        run_git(git_config, "commit", "-qam", "change")
    monkeypatch.setattr(FreshnessCheck, "is_running", lambda check: True)
    asked: list[int] = []

    def count_narwhals(index: OpenIndex) -> int:
        asked.append(index.reader.document_frequency("body", "narwhal"))
        return asked[-1]

    assert ask_index(git_config, count_narwhals, eager=True) == (change != "nothing")
    assert asked == ([0] if change == "nothing" else [0, 1])


def test_identity_changes_with_the_answers(config: Config) -> None:
    """An index opened twice is the same one; each edit, deletion and undoing makes it another."""
    known = [open_local_index(config).reader.identity]
    assert open_local_index(config).reader.identity == known[0]
    path = config.root / "a/card-7.md"
    before = path.read_bytes()
    for step in (lambda: path.write_text("# Seven\n"), path.unlink, lambda: path.write_bytes(before)):
        step()
        known.append(open_local_index(config).reader.identity)
        let_the_clock_tick()
        assert open_local_index(config).reader.identity == known[-1]
    assert len(set(known)) == 4


def test_identity_of_an_index_that_cannot_be_kept(
    config: Config, isolated_environment: os.PathLike[str]
) -> None:
    """In memory too, the same cards are the same index, and others are not."""
    (Path(isolated_environment) / ".cache").write_text("in the way")
    first = open_local_index(config).reader.identity
    assert open_local_index(config).reader.identity == first
    (config.root / "a/card-7.md").write_text("# Seven\n")
    assert open_local_index(config).reader.identity != first


def test_an_open_index_says_how_it_is(
    make_config: Callable[..., Config], git_commit: Callable[..., str]
) -> None:
    """Its health names the commit that git was at, and how many cards it holds."""
    config = make_config({"a.md": "Text.\n", "b.md": "Text.\n"}, git=True)
    commit = git_commit(config.root, "Again")
    health = open_local_index(config).reader.health()
    assert (health.state, health.commit, health.documents) == ("whole", commit, 2)
    (config.root / "b.md").unlink()
    assert open_local_index(config).reader.health() == health._replace(documents=1)
