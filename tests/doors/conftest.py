"""Fixtures for the tests of doors."""

from collections.abc import Iterator
from typing import Any

import pytest
from browser import find_browser
from doorserver import serve

__all__ = ["browser", "serve"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without a window."""
    path = find_browser()
    if not path:
        pytest.skip("no chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
