"""The architecture, held by import-linter, also for imports hidden inside functions."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_layers_are_those_of_the_package() -> None:
    """Every package and module of kbcli stands in the layer contract, so that none escapes it."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    named = set(contract["layers"])
    found = {
        f"kbcli.{path.stem}"
        for path in (ROOT / "kbcli").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"kbcli.__init__", "kbcli.content"} == named


def test_imports_point_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """No module imports what stands right of it, and each heavy library has one layer that knows it."""
    pytest.importorskip("importlinter", reason="the linters are in the dev extra")
    from importlinter import cli

    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(cache_dir=None) == 0
