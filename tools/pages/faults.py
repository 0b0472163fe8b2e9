"""Write the page of the faults to standard output, from their tables."""

from pathlib import Path

from tlibsim.faults.kinds import KINDS
from tlibsim.net.faulting import AROUND

HEAD = Path(__file__).with_name("faults-head.md")


def main() -> None:
    """Print the page."""
    print(HEAD.read_text(encoding="utf-8"), end="")
    for name, kind in KINDS.items():
        words = ", ".join((*kind.needs, *kind.takes)) or "-"
        print(f"| `{name}` | {kind.help} | {kind.stage.value} | {words} |")
    for name, row in AROUND.items():
        print(
            f"| `{name}` | {row.help} | around the switch | {', '.join(sorted(row.takes)) or '-'} |"
        )


if __name__ == "__main__":
    main()
