"""What the modules on the way of a search need of `typing` and `re`, without what those take.

Loading `typing` takes a sixth of the instructions of a search of 10,000 cards (callgrind), and what it
would give them means something to type checkers only. `NamedTuple` is as that of `typing`, but for its
constructor, which that compiles for each class: the forty classes of a search here share one, which saves
another twentieth. Patterns are compiled when they are first used: Python does it in Python, and of those of a
check, which needs a third of them, all would take as long as reading a hundred cards.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import compile as compile_late
    from typing import Any, NamedTuple, Protocol
else:
    try:
        # A field that is read in C, as `collections` does where it can.
        from _collections import _tuplegetter as _make_field
    except ImportError:  # pragma: no cover  another Python than CPython

        def _make_field(place: int, doc: str) -> property:
            return property(itemgetter(place), doc=doc)

    class compile_late:  # noqa: N801  to its users it is a function, as `re.compile`
        """A pattern with all that one of `re.compile` has."""

        def __init__(self, source: str, flags: int = 0) -> None:
            self._given = source, flags

        def __getattr__(self, name: str) -> object:
            import re

            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found

    Any = object
    _new_tuple = tuple.__new__

    class Protocol:
        """Base of a class that only says what others offer."""

    class _Declaration(type):
        """Makes the annotations of a class body the fields of a tuple, with what they are set to as defaults."""

        def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, object]) -> type:
            if bases != (tuple,):
                if bases != (NamedTuple,):
                    raise TypeError(f"{name} can have no base but NamedTuple")
                fields = tuple(_read_annotations(body))
                given = [field for field in fields if field in body]
                if given != list(fields[len(fields) - len(given) :]):
                    raise TypeError(f"{name}: a field without a default follows one that has one")
                body["_field_defaults"] = {field: body[field] for field in given}
                body |= {field: _make_field(place, field) for place, field in enumerate(fields)}
                body["_fields"] = body["__match_args__"] = fields
                body["__slots__"] = ()
            return super().__new__(mcs, name, bases, body)

    def _read_annotations(body: Mapping[str, object]) -> Iterable[str]:
        if "__annotations__" in body:
            return body["__annotations__"]
        # Python 3.14 works them out only when asked: PEP 749, and 1 is annotationlib.Format.VALUE.
        annotate = body.get("__annotate_func__")
        return () if annotate is None else annotate(1)

    class NamedTuple(tuple, metaclass=_Declaration):
        """Base of a class whose annotated names are the fields of a tuple."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}  # noqa: RUF012  as that of `collections`

        def __new__(cls, *values: object, **named: object) -> "NamedTuple":  # noqa: D102, PYI034
            if named or len(values) != len(cls._fields):
                values = cls._complete(values, named)
            return _new_tuple(cls, values)

        @classmethod
        def _complete(cls, values: tuple[object, ...], named: dict[str, object]) -> list[object]:
            known = {**cls._field_defaults, **named}
            rest = cls._fields[len(values) :]
            try:
                complete = [*values, *[known[field] for field in rest]]
            except KeyError as error:
                raise TypeError(f"{cls.__name__} needs a value for {error}") from None
            if len(complete) != len(cls._fields) or not named.keys() <= set(rest):
                raise TypeError(f"{cls.__name__} has the fields {', '.join(cls._fields)}, each once")
            return complete

        @classmethod
        def _make(cls, values: Iterable[object]) -> "NamedTuple":
            made = _new_tuple(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(made)}")
            return made

        def _replace(self, **changes: object) -> "NamedTuple":
            made = self._make(map(changes.pop, self._fields, self))
            if changes:
                raise ValueError(f"{type(self).__name__} has no field {', '.join(changes)}")
            return made

        def _asdict(self) -> dict[str, object]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            values = (f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({', '.join(values)})"

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)


__all__ = ["TYPE_CHECKING", "Any", "NamedTuple", "Protocol", "compile_late"]
