"""``python -m tlibsim`` is the command ``tlibsim``."""

from tlibsim.cli import main

if __name__ == "__main__":
    main(prog_name="tlibsim")
