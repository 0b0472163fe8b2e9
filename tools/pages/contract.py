"""Write the page of the recorder contract to standard output: its checks, and what proves them."""

from tlibsim.contract.runner import CHECKS
from tlibsim.testing.recorder.bugs import BUGS

HEAD = """\
# The recorder contract

`tlibsim contract run` plays call flows against a recorder and judges what it does as a T-Library
client, as a SIP user agent, and with the sound. MUST: a recorder that fails it loses recordings or
disturbs others. SHOULD: it works, but not as it ought to. Each check names the clause that it comes
from; `tlibsim contract run R09` plays one of them again.

## Checks

| check | level | flow | what | source |
| --- | --- | --- | --- | --- |
"""
PROOF = """
## Proof that it bites

The reference recorder of this project (`python -m tlibsim.testing.recorder`) passes everything.
Each of these mistakes, put into it on purpose (`--bug`), fails the check that is meant to find it;
`python -m tlibsim.testing.proving` plays them all, and so does the test suite.

| mistake | what it does | found by |
| --- | --- | --- |
"""


def main() -> None:
    """Print the page."""
    print(HEAD, end="")
    for one in CHECKS:
        print(f"| {one.id} | {one.level.value} | {one.flow} | {one.title} | {one.source} |")
    print(PROOF, end="")
    for name, bug in BUGS.items():
        print(f"| `{name}` | {bug.help} | {bug.check} |")


if __name__ == "__main__":
    main()
