"""A query in, the best cards out."""

from datetime import date

from kbcli.config import Config
from kbcli.index.analysis.pipeline import analyse_query
from kbcli.index.reader import IndexReader
from kbcli.search.facts import gather_record_facts
from kbcli.search.query import Query, parse_query
from kbcli.search.ranking import rank
from kbcli.search.results import Hit, SearchResult, Snippet
from kbcli.trust.states import judge_trust


def search_cards(
    config: Config,
    reader: IndexReader,
    query: Query | str,
    *,
    today: date,
    limit: int = 10,
    trust_ranking: bool | None = None,
    correct: bool = True,
    explain: bool = False,
) -> SearchResult:
    """The best cards for a query (stub: words only, for those who write the command on top)."""
    asked = parse_query(query) if isinstance(query, str) else query
    ranking = rank(reader, analyse_query(" ".join(asked.words), [config.lang]), limit=limit)
    hits = []
    for number, score in ranking.hits:
        record = reader.record(number)
        trust = judge_trust(gather_record_facts(record), today)
        hits.append(Hit(record, trust, score, Snippet("")))
    return SearchResult(asked, ranking.total, tuple(hits))
