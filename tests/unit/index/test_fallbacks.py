"""Where nothing can be written, kb answers all the same, and says that the index is temporary."""

import errno
import os
from collections.abc import Callable

import pytest

from kbcli.config import Config
from kbcli.knowledge.index.sync import OpenIndex, open_local_index
from kbcli.knowledge.index.whoosh.committing import WritableStore
from kbcli.knowledge.index.whoosh.store import find_index_folder

Expect = Callable[..., OpenIndex]
FILES = {f"c{number}.md": f"# C {number}\n\nText {number}\n" for number in range(9)}


@pytest.fixture
def config(make_config: Callable[..., Config]) -> Config:
    """A small knowledge base without an index."""
    return make_config(FILES)


def fail_writing(monkeypatch: pytest.MonkeyPatch, code: int, after: int) -> None:
    """Let every write to the index but the first `after` ones fail with an error of the system."""
    left = [after]
    write = WritableStore._write_file

    def write_file(self: WritableStore, name: str, data: bytes | bytearray) -> None:
        left[0] -= 1
        if left[0] < 0:
            with open(self.folder / name, "wb") as stream:
                stream.write(data[: len(data) // 2])
            raise OSError(code, os.strerror(code))
        write(self, name, data)

    monkeypatch.setattr(WritableStore, "_write_file", write_file)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize("after", [0, 4, 11, 12])
def test_first_build_that_cannot_be_kept(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch, code: int, after: int
) -> None:
    """A full or read-only disk, met at any step of the build: a right answer from memory, and no litter."""
    notices: list[str] = []
    with monkeypatch.context() as patch:
        fail_writing(patch, code, after)
        index = expect_in_step(config, notice=notices.append)
        assert os.strerror(code) in index.temporary
        assert (index.built, len(notices)) == (9, 1)
    assert (expect_in_step(config).built, expect_in_step(config).temporary) == (9, "")


@pytest.mark.parametrize("after", [0, 4, 11])
def test_update_that_cannot_be_kept(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """The disk fills up later: what changed is laid over the index in memory, and only that is read."""
    open_local_index(config)
    (config.root / "c1.md").write_text("# Changed\n")
    (config.root / "c2.md").unlink()
    with monkeypatch.context() as patch:
        fail_writing(patch, errno.ENOSPC, after)
        index = expect_in_step(config)
        assert index.temporary
        assert index.built == 1
    assert (expect_in_step(config).temporary, expect_in_step(config).built) == ("", 0)


def test_cache_that_is_a_file(config: Config, expect_in_step: Expect) -> None:
    """The cache folder cannot be made: temporary, every time."""
    folder = find_index_folder(config.root)
    folder.parent.parent.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.parent.write_text("in the way")
    for _ in range(2):
        assert expect_in_step(config).temporary


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_cache(config: Config, expect_in_step: Expect) -> None:
    """A cache folder without write permission."""
    open_local_index(config)
    folder = find_index_folder(config.root)
    folder.chmod(0o500)
    (config.root / "c1.md").write_text("# Changed\n")
    try:
        assert expect_in_step(config).temporary
    finally:
        folder.chmod(0o700)


def test_failing_lock_is_no_failure(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that knows no locks, or is read-only: an index that is in step is used as it is."""
    open_local_index(config)

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("kbcli.knowledge.index.updating.hold_lock", refuse)
    assert expect_in_step(config).temporary == ""
    os.utime(config.root / "c1.md", ns=(5, 5))
    assert expect_in_step(config).temporary == ""
    (config.root / "c1.md").write_text("# Changed\n")
    assert expect_in_step(config).temporary


def test_interrupted_build_leaves_nothing(config: Config, expect_in_step: Expect) -> None:
    """Ctrl-C while building: no manifest, no orphans after the next build."""

    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_local_index(config, progress=interrupt)
    assert expect_in_step(config).built == 9
    names = os.listdir(find_index_folder(config.root))
    assert len({name.partition(".")[0] for name in names if name.endswith(".trm")}) == 1
