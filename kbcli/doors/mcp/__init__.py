"""The door for assistants: search, show and flag over the Model Context Protocol (extra `mcp`)."""
