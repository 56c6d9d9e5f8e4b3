"""File names from titles, in any script."""


def make_slug(text: str) -> str:
    """A file name for a title: letters, digits and marks of any script, lower-case, hyphens, at most 80 bytes.

    Never empty ("card" when nothing is left), hidden, or a name that Windows reserves.
    """
    raise NotImplementedError
