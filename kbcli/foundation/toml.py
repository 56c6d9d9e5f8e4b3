"""Reading TOML that anybody may have written."""

import re
import tomllib

from kbcli.foundation.typed import Any

# A key of n parts takes tomllib the square of n, and whoever walks through what it gives a stack of n.
_LONG_KEY = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){64}")


def load_toml(text: str) -> dict[str, Any]:
    """What a text of TOML says, in a time that goes by its length. Raises ValueError for what cannot be read, and why."""
    if _LONG_KEY.search(text):
        raise ValueError("a key has too many parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
