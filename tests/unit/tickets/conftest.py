"""Exports written for a test, and what is read from them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kbcli.support.tickets.export import Options, read_export

Reader = Callable[..., list[Any]]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Reads files given by name and content (text, bytes, or what is written as JSON) as one export."""

    def read_files(options: Options | None = None, **files: Any) -> list[Any]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, content in files.items():
            text = content if isinstance(content, str | bytes) else json.dumps(content, ensure_ascii=False)
            # No name tells what is in it.
            (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return list(read_export([folder], options))

    return read_files
