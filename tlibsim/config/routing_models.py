"""The section ``routing`` as pydantic models: single words for lists, times and days checked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from tlibsim.config.document import resolved
from tlibsim.config.hours import days_of, span_of
from tlibsim.config.models import Shape, Text, Words, model_of, value_of
from tlibsim.config.routing import RouteRule, RouteTarget, RouteTreatment, RoutingSettings


def as_list(value: Any) -> Any:
    """A single thing where a list may stand."""
    return value if isinstance(value, list | tuple) or value is None else [value]


def _each(check: Callable[[str], object]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def checked(words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            check(word)
        return words

    return checked


class TargetShape(model_of(RouteTarget)):  # type: ignore[misc]
    """A target; a single word or number is its ``dn``."""

    percent: Annotated[float, Field(ge=0, le=100)] = 0.0

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping | Shape) else {"dn": value}

    @model_validator(mode="after")
    def _one_place(self) -> "TargetShape":
        if bool(self.dn) is bool(self.agent):
            raise ValueError("must name either a dn or an agent")
        return self


class TreatmentShape(model_of(RouteTreatment)):  # type: ignore[misc]
    """What the caller hears first."""

    parameters: dict[Text, Any] = Field({})


class RuleShape(model_of(RouteRule)):  # type: ignore[misc]
    """A rule; where it has lists, a single one will do."""

    time: Annotated[Words, AfterValidator(_each(span_of))] = ()
    days: Annotated[Words, AfterValidator(_each(days_of))] = ()
    treatment: Annotated[tuple[TreatmentShape, ...], BeforeValidator(as_list)] = ()
    to: Annotated[tuple[TargetShape, ...], BeforeValidator(as_list)] = ()
    user_data: dict[Text, Any] = Field({})
    attach: dict[Text, Any] = Field({})
    extensions: dict[Text, Any] = Field({})
    reasons: dict[Text, Any] = Field({})

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "RuleShape":
        if bool(self.to) is self.reject:
            raise ValueError("must have either to or reject")
        return self


class RoutingShape(model_of(RoutingSettings)):  # type: ignore[misc]
    """The built-in router."""

    rules: tuple[RuleShape, ...] = ()
    default: Annotated[tuple[TargetShape, ...], BeforeValidator(as_list)] = ()


def routing_of(shape: Shape) -> RoutingSettings:
    """The frozen value of a checked section; its lists have the types that YAML gives words."""
    routing: RoutingSettings = value_of(shape)
    return replace(routing, rules=tuple(_resolved(rule) for rule in routing.rules))


def _resolved(rule: RouteRule) -> RouteRule:
    return replace(
        rule,
        user_data=_frozen(rule.user_data),
        attach=_frozen(rule.attach),
        extensions=_frozen(rule.extensions),
        reasons=_frozen(rule.reasons),
        treatment=tuple(
            replace(one, parameters=_frozen(one.parameters)) for one in rule.treatment
        ),
    )


def _frozen(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(resolved(values))
