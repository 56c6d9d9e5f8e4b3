"""One digest for what is in a file, in the index and in the caches."""

from pathlib import Path

from kbcli.config import load_config
from kbcli.foundation.git.objects import digest_content
from kbcli.knowledge.index.sync import open_local_index


def test_the_index_knows_files_by_the_digest_of_the_caches(tmp_path: Path) -> None:
    """What the index says is in a file finds what a cache keeps of it."""
    (tmp_path / "a.md").write_text("One.\n")
    (tmp_path / "b.md").write_text("Two.\n")
    reader = open_local_index(load_config(tmp_path)).reader
    found = {reader.record(number).path: reader.digest(number) for number in reader.numbers()}
    assert found == {path.name: digest_content(path.read_bytes()) for path in tmp_path.glob("*.md")}
