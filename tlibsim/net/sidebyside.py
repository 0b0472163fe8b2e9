"""Several pieces of work at a time on one reactor, at most so many; the first fault ends all."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredList, FirstError

T = TypeVar("T")


async def side_by_side(
    works: Sequence[Callable[[], Coroutine[Any, Any, T]]], most: int, done: Callable[[T], None]
) -> None:
    """Do all of the works, ``most`` at a time; ``done`` is told each result when it comes."""
    waiting: Iterator[Callable[[], Coroutine[Any, Any, T]]] = iter(works)

    async def worker() -> None:
        for work in waiting:
            done(await work())

    workers = [Deferred.fromCoroutine(worker()) for _ in range(max(1, min(most, len(works))))]
    try:
        await DeferredList(workers, fireOnOneErrback=True, consumeErrors=True)
    except FirstError as error:
        error.subFailure.raiseException()
    finally:
        for one in workers:
            one.cancel()
