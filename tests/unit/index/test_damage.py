"""A damaged, foreign or planted index is never believed and never run: it is built anew."""

import os
import pickle
import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.knowledge.index.sync import OpenIndex, ask_index, describe_index, open_local_index, rebuild_index
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.store import find_index_folder

Expect = Callable[..., OpenIndex]
Describe = Callable[[DiskReader], dict[str, object]]


@pytest.fixture
def config(make_config: Callable[..., Config]) -> Config:
    """A knowledge base with an index of two segments and a deletion, no longer racy."""
    config = make_config(
        {f"c{number}.md": f"# C {number}\n\n{'common ' * number} rare{number}\n" for number in range(40)}
    )
    past = 1_700_000_000_123_456_789
    for path in config.root.glob("*.md"):
        os.utime(path, ns=(past, past))
    open_local_index(config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kbcli.knowledge.index.updating.choose_merges", lambda entries, terms: [])
        (config.root / "c7.md").write_text("# Seven\n")
        os.utime(config.root / "c7.md", ns=(past, past))
        assert len(open_local_index(config).reader.segments) == 2
    open_local_index(config)
    return config


def list_index_files(config: Config) -> list[Path]:
    """The files kb reads: all but the lock and what is only for Whoosh."""
    names = sorted(find_index_folder(config.root).iterdir())
    return [path for path in names if path.suffix not in (".toc", ".pickle") and "LOCK" not in path.name]


def ask_everything(config: Config, describe: Describe) -> tuple[dict[str, object], list[str]]:
    """All that the index says, as a query would ask it, and the lines meant for the user."""
    notices: list[str] = []
    return ask_index(config, lambda index: describe(index.reader), notice=notices.append), notices


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.stress)], ids=["some", "all"])
def test_truncated_emptied_garbage_and_missing_files(config: Config, describe: Describe, every: int) -> None:
    """Whatever happens to any one file, the answer is right, one line says so, and all is well afterwards."""
    expected, _ = ask_everything(config, describe)
    spoilers: list[Callable[[Path], object]] = [
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: os.truncate(path, 0),
        lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
        lambda path: path.write_bytes(os.urandom(50_000)),
        lambda path: path.unlink(),
    ]
    damaged = 0
    rebuild_index(config)
    for place in range(len(list_index_files(config))):
        for number, spoil in enumerate(spoilers):
            if (place + number) % every:
                continue
            path = list_index_files(config)[place]
            before = path.read_bytes()
            spoil(path)
            if path.exists() and path.read_bytes() == before:
                continue
            answer, notices = ask_everything(config, describe)
            assert answer == expected, path
            assert len(notices) <= 1
            if notices:
                assert describe_index(config).problem == ""
            rebuild_index(config)
            damaged += 1
    assert damaged > 40 // every


@pytest.mark.stress
def test_two_hundred_truncations(config: Config, describe: Describe) -> None:
    """Any file cut at any byte."""
    expected, _ = ask_everything(config, describe)
    chance = random.Random(6)
    for _ in range(200):
        path = chance.choice([path for path in list_index_files(config) if path.stat().st_size])
        os.truncate(path, chance.randrange(path.stat().st_size))
        assert ask_everything(config, describe)[0] == expected, path
        rebuild_index(config)


def flip_bits(config: Config, describe: Describe, count: int) -> None:
    """Flip one random bit at a time; the answer must stay right."""
    expected, _ = ask_everything(config, describe)
    chance = random.Random(5)
    told = 0
    for _ in range(count):
        files = [path for path in list_index_files(config) if path.stat().st_size]
        path = chance.choices(files, weights=[file.stat().st_size for file in files])[0]
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        assert describe_index(config).problem
        answer, notices = ask_everything(config, describe)
        assert answer == expected, path
        told += len(notices)
        # What no query reads was not met: the file of digests, and the hash tables' empty slots.
        rebuild_index(config)
    assert told > count // 2


def test_flipped_bits(config: Config, describe: Describe) -> None:
    """Every flipped bit can be found, and none changes an answer."""
    flip_bits(config, describe, 8)


@pytest.mark.stress
def test_two_hundred_flipped_bits(config: Config, describe: Describe) -> None:
    """The same, longer."""
    flip_bits(config, describe, 200)


def test_small_files_flipped(config: Config, describe: Describe) -> None:
    """Every small file: manifest, sums, records, facts, lengths."""
    expected, _ = ask_everything(config, describe)
    rebuild_index(config)
    for place in range(len(list_index_files(config))):
        path = list_index_files(config)[place]
        data = bytearray(path.read_bytes())
        if data:
            data[len(data) // 2] ^= 16
            path.write_bytes(data)
            assert describe_index(config).problem
            answer, notices = ask_everything(config, describe)
            assert answer == expected, path
            assert len(notices) == (0 if path.name.endswith((".facts.col", "._stored.col")) else 1), path
            rebuild_index(config)


class Bomb:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self.mark),))


def test_planted_pickle_never_runs(config: Config, describe: Describe, tmp_path: Path) -> None:
    """Not from any file of the index, whether it is read, updated, merged, rebuilt or described."""
    mark = tmp_path / "ran"
    bomb = pickle.dumps(Bomb(mark), 2)
    pickle.loads(bomb)
    mark.rmdir()
    folder = find_index_folder(config.root)
    expected, _ = ask_everything(config, describe)
    for name in sorted(os.listdir(folder)):
        path = folder / name
        if not path.exists() or "LOCK" in name:
            continue
        size = path.stat().st_size
        path.write_bytes(bomb.ljust(size, b"\0")[: max(size, len(bomb))])
        describe_index(config)
        assert ask_everything(config, describe)[0] == expected
        (config.root / "c9.md").write_text(f"# Nine\n\n{name}\n")
        open_local_index(config)
        (config.root / "c9.md").write_text(f"# C 9\n\n{'common ' * 9} rare9\n")
        assert ask_everything(config, describe)[0] == expected
    rebuild_index(config)
    assert not mark.exists()


def test_folder_others_may_enter_is_not_opened(config: Config, describe: Describe) -> None:
    """The folder is made private, and what lay in it is not believed."""
    expected, _ = ask_everything(config, describe)
    folder = find_index_folder(config.root)
    folder.chmod(0o755)
    answer, notices = ask_everything(config, describe)
    assert (answer, len(notices)) == (expected, 1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())


def test_index_of_somebody_else_is_not_opened(
    config: Config, describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that another user owns is built anew; where that is impossible, in memory."""
    expected, _ = ask_everything(config, describe)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    index_told = ask_index(config, lambda index: (describe(index.reader), index.temporary))
    assert index_told[0] == expected
    assert index_told[1]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("part", ["", "manifest.json"])
def test_index_given_away_is_rebuilt(config: Config, describe: Describe, part: str) -> None:
    """The folder or a file of it owned by another user: rebuilt as one's own."""
    expected, _ = ask_everything(config, describe)
    path = find_index_folder(config.root) / part
    os.chown(path, 12345, 12345)
    answer, notices = ask_everything(config, describe)
    assert (answer, len(notices)) == (expected, 1)
    assert path.stat().st_uid == os.geteuid()


def test_links_and_folders_in_the_place_of_files(config: Config, describe: Describe, tmp_path: Path) -> None:
    """A link to a good manifest, a folder or a pipe instead of a file, a link instead of the folder."""
    expected, _ = ask_everything(config, describe)
    folder = find_index_folder(config.root)
    manifest = folder / "manifest.json"
    manifest.rename(tmp_path / "copy.json")
    manifest.symlink_to(tmp_path / "copy.json")
    assert ask_everything(config, describe)[0] == expected
    manifest.unlink()
    manifest.mkdir()
    (manifest / "inside").write_text("x")
    assert ask_everything(config, describe)[0] == expected
    assert manifest.is_file()
    manifest.unlink()
    os.mkfifo(manifest)
    assert ask_everything(config, describe)[0] == expected
    folder.rename(tmp_path / "stolen")
    folder.symlink_to(tmp_path / "stolen")
    assert ask_everything(config, describe)[0] == expected
    assert not folder.is_symlink()


def test_index_of_another_folder_is_not_taken(
    config: Config, make_config: Callable[..., Config], expect_in_step: Expect
) -> None:
    """A manifest copied from another knowledge base is not this one's."""
    import shutil

    other = make_config({"other.md": "# Other\n"}, name="other")
    expect_in_step(other)
    shutil.rmtree(find_index_folder(other.root))
    shutil.copytree(find_index_folder(config.root), find_index_folder(other.root))
    assert expect_in_step(other).reader.doc_count == 1


def test_schema_file_is_mended(config: Config, expect_in_step: Expect) -> None:
    """Damage to Whoosh's own files is mended by the next commit."""
    from whoosh.index import open_dir

    folder = find_index_folder(config.root)
    (folder / "schema.pickle").write_bytes(b"damaged")
    next(folder.glob("*.toc")).write_bytes(b"damaged")
    (config.root / "c9.md").write_text("# Nine\n")
    expect_in_step(config)
    assert open_dir(folder).doc_count() == 40


def test_describe_tells_damage(config: Config) -> None:
    """`kb doctor` finds a bad page that no query has met yet, and says when there is no index."""
    assert (describe_index(config).documents, describe_index(config).problem) == (40, "")
    path = max(find_index_folder(config.root).glob("*.pst"), key=lambda file: file.stat().st_size)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert "checksum" in describe_index(config).problem
    (find_index_folder(config.root) / "manifest.json").unlink()
    assert describe_index(config).problem == "there is no index yet"
