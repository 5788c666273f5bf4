"""The program's entry: ``python -m chatsimples`` and the ``chatsimples`` command.

The server's processes are spawned, and a spawned process imports this module again; so it imports
nothing of the program until it is asked to run.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    try:
        from chatsimples.loading import loading  # noqa: PLC0415 - see the module's docstring

        with loading():
            from chatsimples.cli import program as cli  # noqa: PLC0415 - see the module's docstring

        cli.run()
    except KeyboardInterrupt:
        # Ctrl-C while the program is still being loaded.
        sys.exit(130)


if __name__ == "__main__":
    main()
