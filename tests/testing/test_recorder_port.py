"""The reference recorder as a program, at a SIP port that is not free."""

import subprocess
import sys
from socket import AF_INET, SOCK_DGRAM, socket

from tests.endtoend.programs import environment


def test_a_taken_sip_port_is_named_with_what_helps_and_ends_with_2():
    with socket(AF_INET, SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            [sys.executable, "-m", "tlibsim.testing.recorder", "--sip-port", port],
            capture_output=True,
            encoding="utf-8",
            env=environment(),
            timeout=30,
            check=False,
        )
    assert result.returncode == 2
    assert (
        f"cannot take SIP sessions at UDP port {port}: address already in use" in result.stderr
    )
    assert "--sip-port" in result.stderr
    assert "Traceback" not in result.stderr
