"""Write the page of the control API to standard output, from its table of endpoints."""

from typing import Any, cast

from tlibsim.console.api import Api

HEAD = """\
# The control API

HTTP on loopback, for programs and for the commands `tlibsim call`, `rec`, `dn`, `agent`, `fault`, `clock`,
[`snapshot`](snapshots.md), `wait` and `journal`. It is there when the configuration has `http: {port: 7080}`, with
`tlibsim serve --http-port 7080`, and in the demo; its address is in the ready file. `GET /api/v1/openapi.json`
describes the bodies.

What is asked becomes the same command as a client's request would: what the switch refuses to a client, it
refuses here (409, with the reason). An error says what is wrong, where, and what to do:

```json
{"error": "wrong-fault", "detail": "evnt: is no key of a fault. Did you mean event?"}
```

Scenarios of the project, and what runs came to, are [a page of their own](runs.md).

Pages of other sites cannot use it: a request with a foreign `Origin` or `Host` gets 403.

| | | |
| --- | --- | --- |
"""


def main() -> None:
    """Print the page."""
    print(HEAD, end="")
    for one in Api(cast(Any, None), "0").endpoints:
        words = ", ".join(f"`{query.name}`" for query in one.query)
        asked = f" Takes {words}." if words else ""
        print(f"| {one.method} | `{one.path}` | {one.help}{asked} |")


if __name__ == "__main__":
    main()
