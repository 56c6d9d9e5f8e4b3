"""A reference found through the index is the one found among the files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.errors import CardNotFoundError
from kbcli.knowledge.cards.library import resolve_reference
from kbcli.knowledge.index.references import find_reference
from kbcli.knowledge.index.sync import open_index

FILES = {
    "kb.toml": 'extensions = [".md", ".html.md.erb"]\n',
    "api/limits.md": "---\nformer_ids: [api/rate-limits, old/quota]\n---\nText.\n",
    "api/quota.md": "Text.\n",
    "billing/quota.md": "---\nformer_ids: [pay/plans]\n---\nText.\n",
    "de/api/limits.md": "---\ntranslation_of: api/limits\nlang: de\n---\nText.\n",
    "de/rate-limits.md": "---\ntranslation_of: api/limits\nlang: de\n---\nText.\n",
    "Refund.md": "Text.\n",
    "sub/refund.md": "---\nformer_ids: [refund-rules, sub/old/refund]\n---\nText.\n",
    "sub/page.html.md.erb": "Text.\n",
    "sub/deep/limits-of-time.md": "---\nformer_ids: [sub/deep/plans]\n---\nText.\n",
    "日本/退款.md": "Text.\n",
}
NAMES = [
    "api/limits", "limits", "LIMITS", "rate-limits", "api/rate-limits", "quota", "api/quota", "old/quota", "billing/quota.md",
    "pay/plans", "plans", "deep/plans", "refund", "Refund", "REFUND.md", "sub/refund", "refund-rules", "old/refund",
    "sub/old/refund", "page", "page.html.md.erb", "sub/page.html.md.erb", "sub/page.md", "limits-of", "退款", "日本/退款.md",
    "/api/quota", "api/quota/", " quota ", "", "/", ".", "..", "../kb/api/quota.md", "de/limits", "de/api/limits", "no such",
    "api//quota", "./api/quota.md", "deep/limits-of-time",
]  # fmt: skip


@pytest.fixture
def config(make_config: Callable[..., Config]) -> Config:
    """A knowledge base with translations, former IDs, and names that end alike."""
    return make_config(FILES)


@pytest.mark.parametrize("folder", ["", "sub", "api"])
def test_the_index_resolves_as_the_files_do(config: Config, folder: str) -> None:
    """Every reference names the same card both ways, from any folder; one that names none or several names none."""
    index, cwd = open_index(config).reader, Path(config.root, folder)
    expected, found = {}, {}
    for name in NAMES:
        found[name] = find_reference(index, config, name, cwd)
        try:
            expected[name] = resolve_reference(config, name, cwd)
        except CardNotFoundError:
            expected[name] = None
    assert found == expected
    assert sum(path is not None for path in found.values()) > 20


def test_an_open_index_says_how_it_is(
    make_config: Callable[..., Config], git_commit: Callable[..., str]
) -> None:
    """Its health names the commit that git was at, and how many cards it holds."""
    config = make_config({"a.md": "Text.\n", "b.md": "Text.\n"}, git=True)
    commit = git_commit(config.root, "Again")
    health = open_index(config).reader.health()
    assert (health.state, health.commit, health.documents) == ("whole", commit, 2)
    (config.root / "b.md").unlink()
    assert open_index(config).reader.health() == health._replace(documents=1)
