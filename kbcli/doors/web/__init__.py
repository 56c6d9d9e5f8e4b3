"""The door for a browser, and for programs over HTTP (extra `web`)."""
