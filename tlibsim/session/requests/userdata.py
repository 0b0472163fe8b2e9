"""The four requests that change the user data of a call (BEHAVIOUR.md 4)."""

from collections.abc import Mapping

from tlibproto.messages import (
    Request,
    RequestAttachUserData,
    RequestDeletePair,
    RequestDeleteUserData,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import KVList
from tlibsim.session.asker import Asker, Outcome, RequestFunction
from tlibsim.session.requests.calls import given
from tlibsim.switch.commands import ChangeUserData, DataChange
from tlibsim.switch.refusals import Reason, RequestRefused


def _pairs(user_data: KVList | None) -> KVList:
    if user_data is None:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "UserData is missing")
    return user_data


def attach(request: RequestAttachUserData, asker: Asker) -> Outcome:
    return Outcome(
        ChangeUserData(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            change=DataChange.ATTACH,
            pairs=_pairs(request.user_data),
        )
    )


def update(request: RequestUpdateUserData, asker: Asker) -> Outcome:
    return Outcome(
        ChangeUserData(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            change=DataChange.UPDATE,
            pairs=_pairs(request.user_data),
        )
    )


def delete_pair(request: RequestDeletePair, asker: Asker) -> Outcome:
    dn, conn_id = asker.registered(request.this_dn), given(request.conn_id)
    return Outcome(
        ChangeUserData(
            dn=dn, conn_id=conn_id, change=DataChange.DELETE_PAIR, key=request.data_key
        )
    )


def delete_all(request: RequestDeleteUserData, asker: Asker) -> Outcome:
    return Outcome(
        ChangeUserData(
            dn=asker.registered(request.this_dn),
            conn_id=given(request.conn_id),
            change=DataChange.DELETE_ALL,
        )
    )


REQUESTS: Mapping[type[Request], RequestFunction] = {
    RequestAttachUserData: attach,
    RequestUpdateUserData: update,
    RequestDeletePair: delete_pair,
    RequestDeleteUserData: delete_all,
}
