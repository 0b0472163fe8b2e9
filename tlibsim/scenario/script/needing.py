"""What a script step needs of a server that only a private one gives."""

from tlibsim.scenario.script.steps import Act, AnyScript, Check, Fault, Hangup, Pass
from tlibsim.scenario.steps import SwitchAction


def own_server_for(step: AnyScript) -> str:
    """What the step needs, for people; empty when any server will do."""
    if isinstance(step, Act) and isinstance(step.do, SwitchAction):
        return f"{step.do.verb} action {step.do.action.value}"
    if isinstance(step, Pass) and step.jump:
        return "advance"
    return _NEEDS.get(type(step), "")


_NEEDS: dict[type[AnyScript], str] = {Check: "check", Fault: "fault", Hangup: "hangup"}
