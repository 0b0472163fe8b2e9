"""``python -m tlibsim`` is the command ``tlibsim``; Ctrl-C ends it quietly from its first moment."""

import sys

INTERRUPTED = 130


def run() -> None:
    """The command ``tlibsim``; it ends the process."""
    try:
        from tlibsim.cli import main
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    main(prog_name="tlibsim")


if __name__ == "__main__":
    run()
