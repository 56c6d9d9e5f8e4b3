"""Asking an OpenSearch (or Elasticsearch) cluster over HTTP; knows nothing of cards and tickets."""
