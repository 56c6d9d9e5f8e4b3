"""The index on an OpenSearch or Elasticsearch that a company runs: the only place in index that knows HTTP."""
