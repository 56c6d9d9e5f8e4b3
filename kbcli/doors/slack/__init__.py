"""The door for a Slack workspace: /kb, a message as a ticket, Read and Report as wrong (extra `slack`)."""
