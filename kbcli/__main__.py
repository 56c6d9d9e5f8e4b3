"""Entry point of `kb` and of `python -m kbcli`."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run kb with these arguments (the process's own when None) and return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if given in (["--version"], ["-V"]):
        from kbcli import __version__

        sys.stdout.write(f"kb {__version__}\n")
        return 0
    from kbcli.cli.app import run

    return run(given)


if __name__ == "__main__":
    sys.exit(main())
