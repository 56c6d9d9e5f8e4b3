"""Whoosh's table of contents (`_MAIN_n.toc`), so that `whoosh.index.open_dir` opens the index.

kb itself never reads it. It names the segments as a pickle; importing Whoosh to make that
costs more than an update may take, so the few opcodes are put together here, and the
schema's pickle, made by Whoosh once, is kept in a file.
"""

from collections.abc import Sequence
from struct import pack

from kbcli.errors import KbError
from kbcli.knowledge.index.schema import (
    FACTS_COLUMN,
    FACTS_SIZE,
    FIELD_NUMBERS,
    FIELDS,
    FILE_FIELD,
    INDEX_NAME,
    RECORD_COLUMN,
    WHOOSH_RELEASE,
)
from kbcli.knowledge.index.whoosh.store import SegmentEntry

_TOC_VERSION = -111
_SIZES = (4, 8, 4)
_BYTE_ORDER_MARK = -12345


def toc_name(generation: int) -> str:
    """The file name of the table of contents of a generation."""
    return f"_{INDEX_NAME}_{generation}.toc"


def pack_toc(schema: bytes, segments: Sequence[SegmentEntry], generation: int) -> bytes:
    """The bytes of a table of contents; `schema` is a pickled Whoosh schema."""
    parts = [bytes(_SIZES), pack("!ii", _BYTE_ORDER_MARK, _TOC_VERSION), bytes(WHOOSH_RELEASE)]
    parts += [_pack_varint(len(schema)), schema, pack("!ii", generation, 0)]
    parts += [b"\x80\x02](", *map(_pickle_segment, segments), b"e."]
    return b"".join(parts)


def _pickle_segment(segment: SegmentEntry) -> bytes:
    codec = _pickle_object("W3Codec", {"_blocklimit": 128, "_compression": 0, "_inlinelimit": 1})
    state = {
        "indexname": INDEX_NAME,
        "segid": segment.id,
        "_doccount": segment.document_count,
        "_deleted": set(segment.deleted) or None,
        "compound": False,
        "_fieldlengths": segment.totals,
    }
    return _pickle_object("W3Segment", state, {"_codec": codec})


def _pickle_object(name: str, state: dict[str, object], objects: dict[str, bytes] | None = None) -> bytes:
    """Opcodes that make an object of Whoosh's codec module with these attributes."""
    attributes = b"".join(_pickle_plain(key) + _pickle_plain(value) for key, value in state.items())
    attributes += b"".join(_pickle_plain(key) + opcodes for key, opcodes in (objects or {}).items())
    return b"cwhoosh.codec.whoosh3\n" + name.encode() + b"\n)\x81}(" + attributes + b"ub"


def _pickle_plain(value: object) -> bytes:
    """The opcodes of a plain value, without the header and the final stop."""
    from pickle import dumps

    return dumps(value, 2)[2:-1]


def _pack_varint(number: int) -> bytes:
    packed = bytearray()
    while number > 127:
        packed.append(number & 127 | 128)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def pickle_schema() -> bytes:
    """Whoosh's schema of the index, pickled by Whoosh itself.

    Raises KbError when another package has put itself in the place of Whoosh 2.7.4.
    """
    from pickle import dumps

    try:
        import whoosh
        from whoosh import columns, fields
    except ImportError as error:
        raise KbError("Whoosh is not installed", "Install it: pip install Whoosh==2.7.4.") from error
    if whoosh.__version__ != WHOOSH_RELEASE:
        found = ".".join(map(str, whoosh.__version__))
        raise KbError(
            f"the installed package “whoosh” is version {found}, not 2.7.4",
            "whoosh-reloaded and whoosh3 overwrite it: uninstall them, then pip install --force-reinstall Whoosh==2.7.4.",
        )
    schema = fields.Schema()
    for name in FIELD_NUMBERS:
        schema.add(
            name,
            fields.KEYWORD(scorable=name in FIELDS, unique=name == FILE_FIELD, commas=name not in FIELDS),
        )
    schema.add(RECORD_COLUMN, fields.COLUMN(columns.VarBytesColumn()))
    schema.add(FACTS_COLUMN, fields.COLUMN(columns.FixedBytesColumn(FACTS_SIZE)))
    schema.clean()
    return dumps(schema, 2)
