"""Fixtures for tests with a real engine."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kbcli.foundation.opensearch.access import Access
from kbcli.foundation.opensearch.client import Engine
from kbcli.knowledge.index.opensearch import opening
from tests.engine.cluster import VERSIONS, Cluster, NoEngineError, find_engine


@pytest.fixture(scope="session", params=VERSIONS)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Two nodes that all tests share, one version of the server after the other."""
    try:
        engine = find_engine(request.param)
    except NoEngineError as missing:
        pytest.skip(f"engine {request.param}: {missing}")
    with Cluster(engine) as running:
        yield running


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about kb's side alone, whatever server is behind it, is tried with one version: the first."""
    left = [
        item
        for item in items
        if item.get_closest_marker("one_version") and _find_version(item) != VERSIONS[0]
    ]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def _find_version(item: pytest.Item) -> str:
    assert isinstance(item, pytest.Function)
    return str(item.callspec.params["cluster"])


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The connections of a test end with it."""
    made: list[Engine] = []
    before = Engine.__init__

    def make(self: Engine, access: Access) -> None:
        before(self, access)
        made.append(self)

    monkeypatch.setattr(Engine, "__init__", make)
    opening.keep_engine.cache_clear()
    yield
    for engine in made:
        engine.close()


@pytest.fixture(autouse=True)
def healed(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test does to nodes and indexes is undone after it."""
    yield
    if "cluster" in request.fixturenames:
        shared = request.getfixturevalue("cluster")
        shared.heal()
        shared.clear()


@pytest.fixture
def base(
    cluster: Cluster, kb_root: Path, git_commit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A committed knowledge base that names an index of its own on the cluster, and a user who says where that is."""
    with (kb_root / "kb.toml").open("a") as settings:
        settings.write(f'\n[engine]\nindex = "test-{time.time_ns():x}"\n')
    git_commit(kb_root)
    monkeypatch.setenv("KB_ENGINE_URLS", " ".join(cluster.urls))
    return kb_root
