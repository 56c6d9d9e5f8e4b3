"""The next state of an index, made in memory."""

from collections.abc import Iterable

from kbcli.knowledge.index.documents import IndexDocument
from kbcli.knowledge.index.whoosh.committing import open_data
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.index.whoosh.segment_writer import SegmentBuilder


class Generation:
    """See the port. It holds what is left of the segments of a state, and one segment of what is new."""

    def __init__(self, before: DiskReader, commit: str | None, *, full: bool = False) -> None:
        self._before = before
        self._commit = commit
        self._gone: list[list[int]] = [
            list(range(part.document_count)) if full else [] for part in before.segments
        ]
        self._new: dict[str, IndexDocument] = {}

    def put(self, documents: Iterable[IndexDocument]) -> None:
        """See Generation of the port."""
        added = {document.record.path: document for document in documents}
        self.drop(added)
        self._new |= added

    def drop(self, paths: Iterable[str]) -> None:
        """See Generation of the port."""
        for path in paths:
            self._new.pop(path, None)
            number = self._before.number_of(path)
            if number is not None:
                place, own = self._before.locate(number)
                self._gone[place].append(own)

    def finish(self, expected: str | None) -> DiskReader | None:
        """See Generation of the port."""
        if expected != self._before.commit:
            return None
        pairs = zip(self._before.segments, self._gone, strict=True)
        segments = [segment.without(numbers) for segment, numbers in pairs]
        builder = SegmentBuilder()
        for document in self._new.values():
            builder.add(document, document.digest)
        segments.append(open_data(builder.finish()))
        kept = [segment for segment in segments if segment.live_count]
        return DiskReader(kept, self._commit, self._before.schema)
