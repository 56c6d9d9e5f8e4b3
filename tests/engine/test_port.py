"""An engine behind the port of the index: what every backend promises, on real nodes."""

from collections.abc import Iterator
from itertools import count

import pytest

from kbcli.foundation.opensearch.access import read_access
from kbcli.foundation.opensearch.client import Engine
from kbcli.knowledge.index.opensearch import generation
from kbcli.knowledge.index.opensearch.index import EngineIndex
from kbcli.knowledge.index.opensearch.state import State
from kbcli.knowledge.index.port import Backend
from tests.contract.test_index_port import (
    fill,
    make_documents,
    test_a_card_is_found_by_what_it_is_and_was_called,
    test_a_generation_of_another_state_is_not_finished,
    test_a_generation_replaces_and_drops,
    test_a_limit_cuts_the_list_and_not_the_total,
    test_an_empty_index_answers,
    test_conditions_restrict,
    test_scores_are_those_of_the_formula,
    test_vocabulary_and_statistics_are_told,
    test_without_words_documents_come_in_the_order_of_the_index,
)
from tests.engine.cluster import Cluster

__all__ = [
    "test_a_card_is_found_by_what_it_is_and_was_called",
    "test_a_generation_of_another_state_is_not_finished",
    "test_a_generation_replaces_and_drops",
    "test_a_limit_cuts_the_list_and_not_the_total",
    "test_an_empty_index_answers",
    "test_conditions_restrict",
    "test_scores_are_those_of_the_formula",
    "test_vocabulary_and_statistics_are_told",
    "test_without_words_documents_come_in_the_order_of_the_index",
]

_NUMBERS = count()


@pytest.fixture
def index(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """The documents of the contract, on an engine; what a record says is known beside it."""
    monkeypatch.setattr(generation, "READER_SECONDS", 0)
    engine = Engine(read_access(cluster.urls))
    records = {
        (document.record.path, document.digest): document.record
        for seed, many in ((2, 3), (1, 60))
        for document in make_documents(seed, many)
    }
    name = f"port-{next(_NUMBERS)}"
    empty = EngineIndex(engine, name, State(), lambda path, digest: records[path, digest])
    with engine.allow(120):
        yield fill(empty, make_documents())
