"""Journeys in GraphQL: the stages, and what a range of time says about them."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.intelligence.journeys import Bottleneck
from api.journeys import flow
from api.journeys.contracts import Rule, Stage
from api.journeys.estimates import NEED, Point, Shape, Share


@strawberry.enum(description="From where a rule moves a customer: any stage, a lower one, or only the one before.")
class JourneyMoves(Enum):
    ANY = "any"
    FORWARD = "forward"
    NEXT = "next"


@strawberry.type(description="A stage of the tenant's journey. Whoever is in an exit has left the way.")
class JourneyStage:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    key: str
    name: str
    position: int
    is_exit: bool

    @classmethod
    def of(cls, stage: Stage) -> "JourneyStage":
        return cls(key=stage.key, name=stage.name, position=stage.position, is_exit=stage.is_exit)


@strawberry.type(description="An event of this name, with this property if one is named, moves its customer.")
class JourneyRule:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    event_name: str
    stage: str = strawberry.field(description="Key of the stage that is entered.")
    moves: JourneyMoves
    property: str | None
    equals: str | None

    @classmethod
    def of(cls, rule: Rule) -> "JourneyRule":
        return cls(
            event_name=rule.event_name,
            stage=rule.stage,
            moves=JourneyMoves(rule.moves.value),
            property=rule.property,
            equals=rule.equals,
        )


@strawberry.type(description="The stages and rules of a tenant's journey.")
class JourneyDefinition:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    stages: list[JourneyStage]
    rules: list[JourneyRule]
    rebuilding: bool = strawberry.field(description="Whether past events are still being walked again by them.")


@strawberry.type(description="A stage that is tried, with how many of the sample would stand in it.")
class JourneyPreviewStage:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    stage: JourneyStage
    customers: int
    now: int | None = strawberry.field(description="How many of them do now; null when no stage of this key is set.")


@strawberry.type(description="Where customers would stand by other stages and rules. Nothing is changed.")
class JourneyPreview:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    sampled: int = strawberry.field(description="How many customers were walked: an even draw of at most 1,000.")
    customers: Int64 = strawberry.field(description="How many there are.")
    stages: list[JourneyPreviewStage]
    nowhere: int = strawberry.field(description="Of the sample, those that no rule would move.")
    nowhere_now: int


@strawberry.type(description="Why there is no figure: INSUFFICIENT_DATA, of `need` there are only `have`.")
class JourneyShortage:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    code: str
    need: int
    have: int

    @classmethod
    def of(cls, have: int, need: int = NEED) -> "JourneyShortage":
        return cls(code="INSUFFICIENT_DATA", need=need, have=have)


@strawberry.type(description="An estimated share from 0 to 1 with its 95% interval.")
class JourneyShare:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    value: float | None = strawberry.field(description="Null with a shortage.")
    low: float | None
    high: float | None
    n: Int64
    shortage: JourneyShortage | None

    @classmethod
    def of(cls, share: Share) -> "JourneyShare":
        return cls(
            value=share.value,
            low=share.low,
            high=share.high,
            n=Int64(share.n),
            shortage=None if share.is_enough else JourneyShortage.of(share.n),
        )


@strawberry.type(description="A curve at one moment.")
class JourneyPoint:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    day: float = strawberry.field(description="Days since the beginning.")
    share: float
    low: float
    high: float
    at_risk: Int64 = strawberry.field(description="How many were watched for that long.")

    @classmethod
    def of(cls, point: Point) -> "JourneyPoint":
        return cls(day=point.day, share=point.share, low=point.low, high=point.high, at_risk=Int64(point.at_risk))


@strawberry.type(
    description="A share over time with its 95% interval. It ends where fewer than 30 were watched for as long; many "
    "steps are thinned out."
)
class JourneyCurve:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    n: Int64
    points: list[JourneyPoint] = strawberry.field(description="None with a shortage.")
    median_days: float | None = strawberry.field(description="Until half have left; null when that was not reached.")
    shortage: JourneyShortage | None

    @classmethod
    def of(cls, shape: Shape) -> "JourneyCurve":
        return cls(
            n=Int64(shape.n),
            points=[JourneyPoint.of(point) for point in shape.points],
            median_days=shape.median,
            shortage=None if shape.points else JourneyShortage.of(shape.n),
        )


@strawberry.type(
    description="A stage over a range: spells that began in it, as they stood at its end. `entered` is the sum of "
    "`converted`, `back`, `lost` and `here`."
)
class JourneyStageFlow:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    stage: JourneyStage
    entered: Int64 = strawberry.field(description="Entries in the range; a customer may have several.")
    customers: Int64 = strawberry.field(description="Different customers among them.")
    began: Int64 = strawberry.field(description="Entries that came from no stage of the range.")
    converted: Int64 = strawberry.field(description="Went on to a later stage.")
    back: Int64 = strawberry.field(description="Went back to an earlier stage.")
    lost: Int64 = strawberry.field(description="Left by an exit.")
    here: Int64 = strawberry.field(description="Still there at the end of the range.")
    conversion: JourneyShare = strawberry.field(
        description="The share that goes on to a later stage; those who are still there count for as long as they were "
        "watched (Aalen-Johansen)."
    )
    end_to_end: JourneyShare | None = strawberry.field(
        description="The share that comes to the target, over all stages between (absorbing chain). Null "
        "from the target on, and for a stage that nobody entered."
    )
    dwell: JourneyCurve = strawberry.field(description="The share that is still in the stage (Kaplan-Meier).")


@strawberry.enum(
    description="BEGAN has no source, STILL_HERE no target. A way begins where no stage of the range led to."
)
class JourneyLinkKind(Enum):
    BEGAN = "BEGAN"
    FORWARD = "FORWARD"
    BACK = "BACK"
    LOST = "LOST"
    STILL_HERE = "STILL_HERE"


@strawberry.type(description="How many went from one stage to another. Each stage gives out what it takes in.")
class JourneyLink:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    source: str | None
    target: str | None
    kind: JourneyLinkKind
    count: Int64

    @classmethod
    def of(cls, link: flow.Link) -> "JourneyLink":
        return cls(
            source=link.source, target=link.target, kind=JourneyLinkKind(link.kind.value), count=Int64(link.count)
        )


@strawberry.type(description="From the first entry into `origin`, the share of customers who have come to `target`.")
class JourneyConversion:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    origin: JourneyStage | None = strawberry.field(
        description="The first stage of the way that somebody entered; null when nobody entered one before the target."
    )
    target: JourneyStage
    curve: JourneyCurve


@strawberry.type(description="How the customers of a range went through the stages: funnel, Sankey and table in one.")
class Journey:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    as_of: datetime
    time_zone: str
    range_start: datetime
    range_end: datetime
    rebuilding: bool = strawberry.field(description="Whether past events are still being walked again.")
    customers: Int64 = strawberry.field(description="Different customers in any stage of the way.")
    stages: list[JourneyStageFlow] = strawberry.field(description="In the order of the way, exits left out.")
    links: list[JourneyLink]
    conversion: JourneyConversion


@strawberry.type(
    description="What a stage costs: final conversions that are missing because people go on from it less than in the "
    "reference, with a 95% interval by the bootstrap."
)
class JourneyBottleneck:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    stage: JourneyStage
    flagged: bool = strawberry.field(
        description="The interval lies above 0, and the stage is among the discoveries at a false discovery rate of "
        "10%. What is not flagged is not to be called a bottleneck."
    )
    loss: float = strawberry.field(description="Conversions; negative when the stage does better than before.")
    low: float
    high: float
    n: Int64 = strawberry.field(description="Entries in the range.")
    reference_n: Int64 = strawberry.field(description="Entries in the reference.")
    conversion: float = strawberry.field(description="The share of those entering that comes to the target now.")
    reference_conversion: float = strawberry.field(description="The same, if they went on from here as they used to.")

    @classmethod
    def of(cls, found: Bottleneck, stage: Stage) -> "JourneyBottleneck":
        return cls(
            stage=JourneyStage.of(stage),
            flagged=found.flagged,
            loss=found.loss,
            low=found.low,
            high=found.high,
            n=Int64(found.n),
            reference_n=Int64(found.reference_n),
            conversion=found.conversion,
            reference_conversion=found.reference,
        )


@strawberry.type(description="A stage with too few entries, now or before, to be judged.")
class JourneyUnjudged:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    stage: JourneyStage
    shortage: JourneyShortage


@strawberry.type(description="Where conversions are lost in a range, held against the three lengths of it before.")
class JourneyBottlenecks:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    as_of: datetime
    range_start: datetime
    range_end: datetime
    reference_start: datetime
    reference_end: datetime
    target: JourneyStage
    stages: list[JourneyBottleneck] = strawberry.field(description="The largest certain loss first.")
    unjudged: list[JourneyUnjudged]
