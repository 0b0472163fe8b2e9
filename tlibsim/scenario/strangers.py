"""Who and what a scenario names that is nowhere: clients that nobody opens, DNs that do not exist.

A client that the bed does not list opens when a step first names it (head of scenarios.yml, "The
run").  Such a client begins by making itself known: it registers a DN, or asks for something
that concerns none.  One that begins with a request about a DN is a slip of the pen, unless the step
looks at the reply.
"""

from collections.abc import Sequence

from tlibproto.vocabulary import MessageId
from tlibsim.config.problems import Problem, nearest
from tlibsim.scenario.nodes import Faults
from tlibsim.scenario.script.steps import Act, walk
from tlibsim.scenario.steps import ClientRequest, Scenario, Step

_OWN_DN = "ThisDN"
_MAKES_KNOWN = frozenset(
    {
        MessageId.RequestRegisterAddress,
        MessageId.RequestUnregisterAddress,
        MessageId.RequestQueryAddress,
    }
)


def check_clients(
    scenario: Scenario, known: Sequence[str], faults: Faults, key: str, *, formal: bool
) -> tuple[Problem, ...]:
    """Note each request of a client that is neither in ``known`` nor made known by a step.

    ``known`` are the clients of the bed, the configuration and the actors that are ours.
    ``formal``: the file names its format, whose closed lists let any client open; what is odd
    in these is returned, as warnings.
    """
    met = set(known)
    script = scenario.script
    outside = {actor.name for actor in script.externals} if script is not None else set()
    remarks = Faults(faults.source)
    for step in walk(scenario.steps):
        do = step.do if isinstance(step, Step | Act) else None
        if not isinstance(do, ClientRequest) or do.client in met:
            continue
        told = remarks if formal and isinstance(step, Step) else faults
        place = do.client_place or do.place
        if do.client in outside:
            message = f"{do.client} is the system under test, which asks by itself"
            told.add(place, f"{key}.do.client", message)
        elif _introduces(do) or (isinstance(step, Step) and step.reply is not None):
            met.add(do.client)
        else:
            told.add(
                place,
                f"{key}.do.client",
                f"{do.client!r} is no client of the bed or of this scenario; "
                f"actors: {{{do.client}: [DN]}} declares one",
                suggestion=nearest(do.client, met),
            )
    return tuple(remarks.problems)


def _introduces(do: ClientRequest) -> bool:
    about_a_dn = any(item.attribute.name == _OWN_DN for item in do.attributes)
    return not about_a_dn or do.message_id in _MAKES_KNOWN
