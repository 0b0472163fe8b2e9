"""User data of a call: the four changes of BEHAVIOUR.md 4, as pure functions."""

from collections.abc import Callable, Mapping

from tlibproto.vocabulary import EMPTY_KVLIST, KVList, Pair
from tlibsim.config import Options
from tlibsim.switch.commands import ChangeUserData, DataChange
from tlibsim.switch.refusals import Reason, RequestRefused

MOST_PAIRS = 65535
"""More pairs of one list a client cannot count (WIRE.md 3)."""

_Change = Callable[[KVList, ChangeUserData, Options], KVList]


def _attach(data: KVList, command: ChangeUserData, options: Options) -> KVList:
    pairs = command.pairs or EMPTY_KVLIST
    return data.updated(pairs) if options.attach_existing == "replace" else data.appended(pairs)


def _update(data: KVList, command: ChangeUserData, options: Options) -> KVList:
    return data.updated(command.pairs or EMPTY_KVLIST)


def _delete_pair(data: KVList, command: ChangeUserData, options: Options) -> KVList:
    if options.delete_missing == "error" and not data.has(command.key):
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"no pair has the key {command.key!r}")
    return data.without(command.key)


def _delete_all(data: KVList, command: ChangeUserData, options: Options) -> KVList:
    return EMPTY_KVLIST


CHANGES: Mapping[DataChange, _Change] = {
    DataChange.ATTACH: _attach,
    DataChange.UPDATE: _update,
    DataChange.DELETE_PAIR: _delete_pair,
    DataChange.DELETE_ALL: _delete_all,
}


def changed(data: KVList, command: ChangeUserData, options: Options) -> KVList:
    """The complete list after the change; raises RequestRefused when it must not be made.

    What the server itself adds, as the state of a recording, is never too much.
    """
    after = CHANGES[command.change](data, command, options)
    if command.dn is not None:
        check_size(after, options)
    return after


def overlaid(data: KVList, news: KVList) -> KVList:
    """Both lists; the pairs of a key that both have are those of ``news``, at its first place.

    Unlike an update it keeps the duplicates of ``news`` (BEHAVIOUR.md 4.1, 4.5).
    """
    pairs: list[Pair] = []
    placed: set[str] = set()
    for key, value in data:
        if not news.has(key):
            pairs.append((key, value))
        elif key not in placed:
            placed.add(key)
            pairs += [pair for pair in news if pair[0] == key]
    pairs += [pair for pair in news if pair[0] not in placed]
    return KVList(pairs)


def has_too_many_pairs(data: KVList) -> bool:
    """Whether the list, or one in it, has more pairs than may be sent to a client."""
    return len(data) > MOST_PAIRS or any(
        has_too_many_pairs(value) for _, value in data if isinstance(value, KVList)
    )


def check_size(data: KVList, options: Options) -> None:
    """Refuse a list over ``user-data-limit`` bytes packed (0: no limit but that of the message).

    More pairs than a client can count are never taken (WIRE.md 3).
    """
    if has_too_many_pairs(data):
        raise RequestRefused(
            Reason.INVALID_ATTRIBUTE, f"a list would have more than {MOST_PAIRS} pairs"
        )
    limit = options.user_data_limit
    if limit and data.packed_size() > limit:
        raise RequestRefused(
            Reason.INVALID_ATTRIBUTE,
            f"user data would take {data.packed_size()} bytes; user-data-limit is {limit}",
        )
