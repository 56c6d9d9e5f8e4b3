"""Earlier tickets: read from the exports of help desks, redacted, kept outside git, and found again."""
