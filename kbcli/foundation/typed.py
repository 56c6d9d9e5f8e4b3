"""What the modules on the way of a search need of `typing`, without loading it.

Loading `typing` takes a sixth of the instructions of a search of 10,000 cards (callgrind), and what it
would give them means something to type checkers only. `NamedTuple` is that of `typing` on top of
`collections.namedtuple`, as there.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple, Protocol
else:
    Any = object

    class Protocol:
        """Base of a class that only says what others offer."""

    class _Declaration(type):
        """Makes the annotations of a class body the fields of a tuple, with what they are set to as defaults."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, object]) -> type:
            if not bases:
                return super().__new__(mcs, name, bases, body)
            # Python 3.14 works annotations out only when asked: PEP 749, and 1 is annotationlib.Format.VALUE.
            annotate = body.pop("__annotate_func__", None)
            fields = body.pop("__annotations__", {}) if annotate is None else annotate(1)
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # noqa: PYI024
            for key, value in body.items():
                if key not in ("__module__", "__qualname__"):
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Declaration):
        """Base of a class whose annotated names are the fields of a tuple."""


__all__ = ["TYPE_CHECKING", "Any", "NamedTuple", "Protocol"]
