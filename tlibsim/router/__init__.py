"""The built-in router: rules of the configuration instead of a routing client (BEHAVIOUR.md 1.14)."""

from tlibsim.router.router import Moves, Router, RuleApplied

__all__ = ["Moves", "Router", "RuleApplied"]
