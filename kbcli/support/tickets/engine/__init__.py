"""Earlier tickets on an OpenSearch: searched and shown by those who have no archive, and kept in step with one."""
