"""A new configuration, put in force while calls go on."""

from collections.abc import Mapping
from dataclasses import dataclass

from tlibsim.config import AgentSettings, DnSettings, FarBehavior, Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconfigure:
    """From now on these are the configured DNs, agents, options and numbers outside.

    It is never refused.  A DN that is gone, disabled or of another type takes no new call and
    stays what it was until its last call is over.
    """

    dns: Mapping[str, DnSettings]
    agents: Mapping[str, AgentSettings]
    options: Options
    numbers: Mapping[str, FarBehavior]
