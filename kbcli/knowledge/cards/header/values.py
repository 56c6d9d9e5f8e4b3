"""Values written as YAML, so that every reader gets the same text back: ours, PyYAML's and YAML 1.2's."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from itertools import product

from kbcli.foundation.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kbcli.knowledge.cards.header.edit import FieldValue

# YAML 1.1 words for booleans that PyYAML leaves alone, and numbers of YAML 1.2.
_OTHER_READERS = re.compile(
    r"[yYnN]\Z|[-+]?(?:[\d_]+(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?\d+)?\Z|0[xob][0-9a-fA-F_]+\Z", re.ASCII
)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_STRING_TAG = "tag:yaml.org,2002:str"


def format_scalar(text: str, style: str = "", *, flow: bool = False, tag: str = "") -> str:
    """A text as one line of YAML: plain, `'` or `"` as `style` asks, and quoted where it must be.

    `flow` is whether it stands inside brackets. `tag` is the type of the plain value that it
    replaces: one of the same type stays plain (a date for a date, a number for a number).
    """
    if _UNPRINTABLE.search(text):
        return _quote_double(text)
    if style == "'":
        return _quote_single(text)
    if style == '"':
        return _quote_double(text)
    if _is_plain(text, flow) and (find_tag(text) == _STRING_TAG or (tag and find_tag(text) == tag)):
        return text
    return _quote_single(text) if "\\" in text or '"' in text else _quote_double(text)


def format_value(value: "FieldValue", style: str = "", *, flow: bool = False, tag: str = "") -> str:
    """A value as one line of YAML: a list in brackets, a mapping in braces; `style`: see format_scalar."""
    if isinstance(value, str):
        return format_scalar(value, style, flow=flow, tag=tag)
    if isinstance(value, date):
        return f"{style}{value.isoformat()}{style}" if style in ("'", '"') else value.isoformat()
    if isinstance(value, Mapping):
        pairs = (
            f"{format_scalar(name, flow=True)}: {format_value(item, flow=True)}"
            for name, item in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    return f"[{', '.join(format_value(item, flow=True) for item in value)}]"


@lru_cache(maxsize=512)
def find_tag(text: str) -> str:
    """The type that YAML 1.1, or the number and boolean rules of 1.2, see in a plain scalar."""
    import yaml

    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in (*resolvers.get(text[:1], ()), *resolvers.get(None, ())):
        if pattern.match(text):
            return str(tag)
    return "other" if _OTHER_READERS.match(text) else _STRING_TAG


@lru_cache(maxsize=512)
def _is_plain(text: str, flow: bool) -> bool:
    """Whether the bare text reads back as itself with libyaml and with PyYAML's own parser: they differ in places."""
    import yaml

    probes = (f"[{text}]", f"{{k: {text}}}") if flow else (f"k: {text}\n", f"- {text}\n")
    try:
        for probe, loader in product(probes, (yaml.CBaseLoader, yaml.BaseLoader)):
            node: Any = yaml.compose(probe, Loader=loader)  # type: ignore[arg-type]
            if len(node.value) != 1:
                return False
            found = node.value[0][1] if isinstance(node, yaml.MappingNode) else node.value[0]
            if not isinstance(found, yaml.ScalarNode) or found.style or found.value != text:
                return False
            if found.end_mark.index - found.start_mark.index != len(text):
                return False
    except yaml.YAMLError:
        return False
    return True


def _quote_single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quote_double(text: str) -> str:
    escaped = "".join(_ESCAPES.get(char, char) for char in text)
    return '"' + _UNPRINTABLE.sub(_escape_character, escaped) + '"'


def _escape_character(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
