"""Script steps: the part of the scenario language beyond one ``do`` and its closed lists."""
