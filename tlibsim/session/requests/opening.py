"""Opening a session, and what belongs to the session as a whole (WIRE.md 4, 5, 10.2)."""

import hmac
from collections.abc import Mapping

from tlibproto.messages import (
    EventACK,
    EventLinkConnected,
    EventLinkDisconnected,
    EventServerInfo,
    Request,
    RequestQueryServer,
    RequestRegisterClient,
    RequestSetInputMask,
)
from tlibproto.vocabulary import ServerRole, mask_ids
from tlibsim.session.asker import Asker, Outcome, RequestFunction, times
from tlibsim.session.times import packed_time
from tlibsim.switch.refusals import Reason, RequestRefused

PROTOCOL = "tserver protocol"


def register_client(request: RequestRegisterClient, asker: Asker) -> Outcome:
    """Open the session; a refusal here is the first and last message of the connection.

    While the link is down it is open as well, and the answer says so (WIRE.md 4).
    """
    client, settings = asker.client, asker.settings
    version = request.protocol_version
    if version is not None and not version.lower().startswith(PROTOCOL):
        raise RequestRefused(Reason.PROTOCOL_VERSION, f"ProtocolVersion {version!r}")
    name = request.application_name or ""
    _check_password(asker, name, request.application_password or "")
    limit = settings.limits.max_clients
    if limit and not client.open and asker.clients_open() >= limit:
        raise RequestRefused(Reason.NO_LICENSE, f"max-clients is {limit}")
    client.name = name
    if not client.open:
        client.open = True
        client.session_id = asker.next_session_id()
    answer = EventLinkConnected if asker.switch.link_up else EventLinkDisconnected
    return Outcome(
        answer=answer(
            session_id=client.session_id,
            client_id=client.id,
            server_role=ServerRole.Primary,
            registration_code=ServerRole.Primary,
            server_version=settings.server_version,
            application_name=settings.server,
            capabilities=asker.capabilities,
            server_start_time=packed_time(asker.started_at),
            **times(asker.now),
        )
    )


def _check_password(asker: Asker, name: str, given: str) -> None:
    settings = asker.settings
    wanted = settings.passwords.get(name, settings.password)
    if wanted is None:
        return
    same = hmac.compare_digest(
        wanted.encode("utf-8", "surrogateescape"), given.encode("utf-8", "surrogateescape")
    )
    if not same:
        raise RequestRefused(Reason.BAD_PASSWORD, f"wrong password for client {name!r}")


def query_server(request: RequestQueryServer, asker: Asker) -> Outcome:
    """Version, role and capabilities (BEHAVIOUR.md 3.5); clients look for the role."""
    settings = asker.settings
    return Outcome(
        answer=EventServerInfo(
            server_version=settings.server_version,
            server_role=ServerRole.Primary,
            capabilities=asker.capabilities,
            application_name=settings.server,
            **times(asker.now),
        )
    )


def set_input_mask(request: RequestSetInputMask, asker: Asker) -> Outcome:
    """From now on only the events of the mask reach this client (BEHAVIOUR.md 3.1)."""
    asker.client.mask = mask_ids(request.input_mask)
    return Outcome(answer=EventACK(**times(asker.now)))


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestRegisterClient: register_client,
    RequestQueryServer: query_server,
    RequestSetInputMask: set_input_mask,
}
