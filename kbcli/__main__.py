"""Entry point of `kb` and of `python -m kbcli`."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run kb with these arguments (the process's own when None) and return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if given in (["--version"], ["-V"]):
        from kbcli import __version__

        sys.stdout.write(f"kb {__version__}\n")
        return 0
    from kbcli.doors.cli.app import run

    if arguments is not None:
        return run(arguments)
    # Hardly anything is garbage in so short a life. By default it would be looked for a hundred times,
    # and once more when Python ends: together a sixth of a search.
    import gc

    gc.set_threshold(50_000, 20, 20)
    code = run(given)
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
