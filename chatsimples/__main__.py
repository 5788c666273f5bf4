"""The program's entry: ``python -m chatsimples`` and the ``chatsimples`` command.

The server's processes are spawned, and a spawned process imports this module again; so it imports
nothing until it is asked to run.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    from chatsimples import cli  # noqa: PLC0415 - see the module's docstring

    cli.run()


if __name__ == "__main__":
    main()
