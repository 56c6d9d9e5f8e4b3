"""The pages of a browser: templates, a style sheet, one script, and what turns answers into them."""
