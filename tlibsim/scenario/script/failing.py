"""The words for script steps that fail: what lacks, what came nearest, and where it differs."""

from collections.abc import Sequence

from tlibsim.journal.expectations import shown_record
from tlibsim.journal.records import MESSAGES, Record
from tlibsim.scenario.cast import StepError
from tlibsim.scenario.differences import AT_THE_END, Difference, Nearest, Verdict
from tlibsim.scenario.matching import Mismatch
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.script.expressions import Expression
from tlibsim.scenario.script.inbox import Inbox
from tlibsim.scenario.script.origin import Origin
from tlibsim.scenario.script.steps import AnyScript, Check, Expect, ExpectNone, Pattern, Repeat
from tlibsim.scenario.terms import Bindings

_SECOND = 1_000_000
_MOST_OTHERS = 8


def missing(
    step: Expect,
    pattern: Pattern,
    inbox: Inbox,
    bindings: Bindings,
    limit_us: int,
    origin: Origin | None = None,
) -> StepError:
    """A pattern that was not met: too few came, or too many.

    ``origin`` is the log that the scenario was made of, to tell whether it showed the same.
    """
    found, _ = inbox.find(pattern, bindings)
    if found and len(found) > pattern.count.least:
        return _error(
            step,
            Verdict.EXTRA,
            shown_record(found[-1]),
            check=f"expect {pattern.text}",
            notes=(f"more than {pattern.count} came",),
        )
    near = tuple(
        Nearest(
            text=f"{shown_record(one.record)}, {one.after_us / _SECOND:.1f} s in",
            mismatches=tuple(
                Mismatch(
                    attribute=differs.key,
                    wanted=differs.expected,
                    got=differs.got,
                )
                for differs in one.differs
            ),
        )
        for one in inbox.near(pattern, bindings)
    )
    open_messages = [one for one in inbox.open_records() if one.kind in MESSAGES]
    came = f"only {len(found)} of {pattern.count} matched" if found else "nothing matched"
    return _error(
        step,
        Verdict.MISSING,
        pattern.text,
        check="expect",
        near=near,
        notes=(f"{came} in {limit_us / _SECOND:g} s",),
        old_log=_in_the_old_log(pattern, near, origin),
        others=tuple(shown_record(one) for one in open_messages[-_MOST_OTHERS:]),
    )


def _in_the_old_log(pattern: Pattern, near: Sequence[Nearest], origin: Origin | None) -> str:
    """Whether the log that the scenario was made of showed what came now."""
    if origin is None or not pattern.line:
        return ""
    differing = near[0].mismatches if near else ()
    seen = origin.lines.get(pattern.line, {})
    one = next((each for each in differing if each.attribute in seen), None)
    if one is None:
        return origin.remark(pattern.line, "", "")
    return origin.remark(pattern.line, one.attribute, one.got)


def unwanted(step: ExpectNone, pattern: Pattern, record: Record) -> StepError:
    """Something came that must not."""
    return _error(
        step, Verdict.NOTHING_EXPECTED, shown_record(record), check=f"none {pattern.text}"
    )


def untrue(step: Check | Repeat, expression: Expression, parts: Sequence[str]) -> StepError:
    """An expression that does not hold, with what its parts are."""
    return _error(step, Verdict.FALSE, expression.text, check="check", notes=tuple(parts))


def unexpected(records: Sequence[Record], place: Place) -> Difference:
    """The messages that nobody expected in a strict run."""
    first = records[0]
    return Difference(
        verdict=Verdict.EXTRA,
        subject=shown_record(first),
        place=place,
        path=AT_THE_END,
        check="strict",
        notes=(f"{len(records)} came that no step expects and `allow` does not name",),
        others=tuple(shown_record(one) for one in records[1:]),
    )


def _error(
    step: AnyScript,
    verdict: Verdict,
    subject: str,
    *,
    check: str,
    near: tuple[Nearest, ...] = (),
    notes: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
    old_log: str = "",
) -> StepError:
    return StepError(
        Difference(
            verdict=verdict,
            subject=subject,
            place=step.place,
            path=step.path,
            check=check,
            near=near,
            notes=notes,
            others=others,
            old_log=old_log,
        )
    )
