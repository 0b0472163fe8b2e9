"""Two hubs that are linked without a network: what one says is carried to the other by hand."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from tests.session.exchange import Exchange
from tlibsim.config import DnSettings, DnType
from tlibsim.ports.site import Site, SiteLost, SiteReached
from tlibsim.session.outbox import Delivery
from tlibsim.switch.refusals import RequestRefused

HERE = Site(server="SIPServer1", switch="SIP_Switch1")
THERE = Site(server="Tserver2", switch="Avaya_Switch1")
FAR_DN, OTHER_FAR_DN = "7801", "7802"
_FAR_DNS = tuple(DnSettings(dn=dn, type=DnType.DN) for dn in (FAR_DN, OTHER_FAR_DN))


class TwoSites:
    """The bed and, linked to it, a second switch that has the DNs 7801 and 7802 besides."""

    def __init__(self, **options: Any) -> None:
        self._carrying = False
        self.standing = True
        self.here = _Site(self, HERE, **options)
        self.there = _Site(self, THERE, extra=_FAR_DNS, seed=2, **options)
        self.here.switch.link_site(HERE, THERE)
        self.there.switch.link_site(THERE, HERE)

    def carry(self) -> None:
        """Everything that either has to say, until both are silent."""
        if self._carrying:
            return
        self._carrying = True
        sites = {HERE.switch: self.here, THERE.switch: self.there}
        while told := [
            *self.here.hub.take_for_sites(),
            *self.there.hub.take_for_sites(),
        ]:
            for one in told if self.standing else ():
                with suppress(RequestRefused):
                    sites[one.to].perform(one.message)
        self._carrying = False

    def cut(self) -> None:
        """The link is lost, and both know it; what they say goes nowhere."""
        self.standing = False
        self.here.perform(SiteLost(origin=THERE.switch))
        self.there.perform(SiteLost(origin=HERE.switch))

    def mend(self) -> None:
        """The link stands again."""
        self.standing = True
        for site, other in ((self.here, THERE), (self.there, HERE)):
            site.perform(SiteReached(origin=other.switch))

    def wait(self, seconds: float) -> None:
        self.here.wait(seconds)
        self.there.wait(seconds)


class _Site(Exchange):
    def __init__(self, sites: TwoSites, site: Site, **more: Any) -> None:
        self.sites = sites
        names = {"server": site.server, "switch": site.switch}
        super().__init__(settings=names, **more)

    def take(self, deliveries: Sequence[Delivery]) -> None:
        super().take(deliveries)
        self.sites.carry()
