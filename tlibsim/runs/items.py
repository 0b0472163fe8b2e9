"""Results of scenarios as items of a run's document."""

from tlibsim.runs.document import Document
from tlibsim.scenario.results import Result


def scenario_item(result: Result) -> Document:
    """A scenario with its steps, and where it failed: file, line, what came nearest, the text."""
    found: Document = {
        **result.as_object(),
        "status": result.status.value,
        "steps": len(result.scenario.steps),
        "text": result.text(),
    }
    return found
