"""What the rules of the built-in router say of other sections: DNs, agents, options."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlibsim.config.dns import DnType
from tlibsim.config.document import Path
from tlibsim.config.problems import nearest
from tlibsim.config.routing import RouteTarget, RoutingSettings
from tlibsim.config.settings import Settings

ROUTED = frozenset({DnType.ROUTE_DN, DnType.ROUTE_QUEUE})
"""Types of DN at which calls are routed."""

_PATTERN = frozenset("*?[")
_NO_TARGETS = frozenset(
    {DnType.TRUNK, DnType.VOIP_SERVICE, DnType.VIRTUAL_QUEUE, DnType.COMMUNICATION_DN}
)
_WHOLE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFault:
    """What is wrong at a path of the file; ``suggestion`` is the nearest thing that is right."""

    path: Path
    message: str
    suggestion: str = ""


def routing_faults(settings: Settings) -> Iterator[RoutingFault]:
    """Everything in ``routing`` that does not fit the rest of the settings."""
    routing: RoutingSettings = settings.routing
    for index, rule in enumerate(routing.rules):
        path: Path = ("routing", "rules", index)
        yield from _points(settings, rule.point, (*path, "point"))
        yield from _treatments(settings, [one.seconds for one in rule.treatment], path)
        yield from _targets(settings, rule.to, (*path, "to"))
    yield from _targets(settings, routing.default, ("routing", "default"))


def _points(settings: Settings, points: Iterable[str], path: Path) -> Iterator[RoutingFault]:
    known = [dn for dn, one in settings.dns.items() if one.type in ROUTED]
    for point in points:
        if point not in known and not _PATTERN & set(point):
            message = f"{point} is no routing point"
            yield RoutingFault(path=path, message=message, suggestion=nearest(point, known))


def _treatments(
    settings: Settings, lengths: Sequence[float], path: Path
) -> Iterator[RoutingFault]:
    limit = settings.options.router_timeout
    for index, seconds in enumerate(lengths):
        where: Path = (*path, "treatment", index, "seconds")
        if not seconds:
            yield RoutingFault(path=where, message="must say how long: more than 0")
        elif limit and seconds >= limit:
            message = f"must be less than options.router-timeout, which is {limit:g}"
            yield RoutingFault(path=where, message=message)


def _targets(
    settings: Settings, targets: Sequence[RouteTarget], path: Path
) -> Iterator[RoutingFault]:
    for index, target in enumerate(targets):
        where: Path = (*path, index)
        if target.agent and target.agent not in settings.agents:
            hint = nearest(target.agent, settings.agents)
            yield RoutingFault(
                path=where, message=f"agent {target.agent} is not configured", suggestion=hint
            )
        if target.dn and not target.location and not _leads_somewhere(settings, target.dn):
            hint = nearest(target.dn, settings.dns)
            yield RoutingFault(
                path=where, message=f"{target.dn} leads nowhere", suggestion=hint
            )
    total = sum(target.percent for target in targets)
    if total > _WHOLE:
        yield RoutingFault(path=path, message=f"percent adds up to {total:g}")


def _leads_somewhere(settings: Settings, number: str) -> bool:
    one = settings.dns.get(number)
    if one is not None:
        return one.type not in _NO_TARGETS
    return any(
        trunk.prefix and number.startswith(trunk.prefix)
        for trunk in settings.dns.values()
        if trunk.type is DnType.TRUNK
    )
