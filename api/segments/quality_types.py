"""How good a version of a method is, in GraphQL."""

from typing import Any, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.segments.enums import SegmentShortage


@strawberry.type(description="How well one number of clusters lasts when customers are drawn anew, 20 times.")
class ClusterStability:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    clusters: int
    mean: float = strawberry.field(description="Mean adjusted Rand index; 1 is always the same clusters.")
    minimum: float = strawberry.field(description="The least of them.")
    weakest: float = strawberry.field(description="How well the least lasting cluster is found again (Jaccard).")
    smallest: float = strawberry.field(description="The share of customers in the smallest cluster.")
    holds: bool = strawberry.field(description="Whether all four are good enough to be chosen automatically.")


@strawberry.type(description="How much of the differences the picture shows, and what its axes are made of.")
class PictureAxis:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    explained: float = strawberry.field(description="Share of the variance, 0 to 1.")
    loadings: list["PictureLoading"]


@strawberry.type(description="How much one feature counts on an axis.")
class PictureLoading:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    feature: str
    value: float


@strawberry.type(description="Quality of a version of K-means, as computed. RFM has none: its segments are defined.")
class ClusterQuality:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    clusters: int
    automatic: bool = strawberry.field(description="Whether their number was chosen by stability.")
    stable: bool = strawberry.field(description="Whether this number of clusters lasts. If not, take them as a sketch.")
    silhouette: float | None
    calinski_harabasz: float | None
    davies_bouldin: float | None
    stability: list[ClusterStability]
    axes: list[PictureAxis]
    features: list[str]
    constant_features: list[str] = strawberry.field(description="Left out: all customers are alike in them.")

    @classmethod
    def of(cls, quality: dict[str, Any] | None) -> "ClusterQuality | None":
        if quality is None or "clusters" not in quality:
            return None
        axes = zip(quality["explainedVariance"], quality["loadings"], strict=True)
        return cls(
            clusters=quality["clusters"],
            automatic=quality["automatic"],
            stable=quality["stable"],
            silhouette=quality["silhouette"],
            calinski_harabasz=quality["calinskiHarabasz"],
            davies_bouldin=quality["daviesBouldin"],
            stability=[ClusterStability(**found) for found in quality["stability"]],
            axes=[
                PictureAxis(
                    explained=explained,
                    loadings=[
                        PictureLoading(feature=feature, value=value)
                        for feature, value in zip(quality["features"], row, strict=True)
                    ],
                )
                for explained, row in axes
            ],
            features=quality["features"],
            constant_features=quality["constantFeatures"],
        )


@strawberry.type(
    description="How well earlier movement foretold the later (Brier score over all segments: 0 is perfect, 2 the "
    "worst), beside foretelling that everybody stays."
)
class MovementBacktest:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    horizon_days: int
    brier: float | None = strawberry.field(description="Null when there is too little history.")
    brier_of_staying: float | None
    customers: int | None
    dates: int | None = strawberry.field(description="At how many dates something was foretold.")
    insufficient: SegmentShortage | None

    @classmethod
    def of(cls, found: dict[str, Any]) -> "MovementBacktest":
        short = "need" in found
        return cls(
            horizon_days=found["horizonDays"],
            brier=found.get("brier"),
            brier_of_staying=found.get("brierOfStaying"),
            customers=found.get("customers"),
            dates=found.get("dates"),
            insufficient=SegmentShortage(what="days of history", need=found["need"], have=found["have"])
            if short
            else None,
        )
