"""Entry point of `kb` and of `python -m kbcli`."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run kb with these arguments (the process's own when None) and return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if given in (["--version"], ["-V"]):
        from kbcli import __version__

        sys.stdout.write(f"kb {__version__}\n")
        return 0
    import gc

    # Hardly anything is garbage in so short a life; by default it would be looked for a hundred times.
    gc.set_threshold(50_000, 20, 20)
    from kbcli.cli.app import run

    code = run(given)
    # Nor is anything left to look for when Python ends: that alone would take an eighth of a search.
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
