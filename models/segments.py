"""Segments of customers: versions of the methods that find them, the segments themselves, and who was in them when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKeyConstraint, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id

NULLABLE: Any = JSONB(none_as_null=True)


class Segmentation(SQLModel, table=True):
    """A version of a method. What it was asked for stands in `parameters`; once it is `ready`, `model` holds what new
    customers are assigned by (thresholds, or transformer and centers) and `quality` what was measured, and neither
    changes any more. `current` is the newest ready one of its method.

    `outcome` is empty, or why there is no result: {"reason", and "need" and "have" for too little data}.
    """

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "method", "number"),
        CheckConstraint("method in ('rfm', 'kmeans')", name="method_known"),
        CheckConstraint("state in ('queued', 'ready', 'insufficient', 'refused')", name="state_known"),
        Index("ix_segmentation_created", "tenant_id", "created_at", "id"),
        Index("uq_segmentation_current", "tenant_id", "method", unique=True, postgresql_where=text("current")),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    method: str = Field(sa_type=Text)
    number: int
    state: str = Field(sa_type=Text)
    current: bool = False
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    model: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE)
    quality: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE)
    outcome: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE)
    seed: int
    cutoff: datetime | None = Field(default=None, sa_type=Timestamp)
    n: int | None = None
    data_hash: str | None = Field(default=None, sa_type=Text)
    code_version: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    finished_at: datetime | None = Field(default=None, sa_type=Timestamp)


class Segment(SQLModel, table=True):
    """A group of customers: one of a version (`segmentation_id`, in the order of `position`, from the best), or one by
    a rule (`definition`). `traits` is what sets a group of a version apart; `previous_id` the group of the version
    before that it continues.

    `as_of` is the tenant's clock when its membership was last right, empty until it was first worked out.
    `needs_full` asks for all of it to be worked out again.
    """

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_segment_tenant"),
        ForeignKeyConstraint(
            ["tenant_id", "segmentation_id"], ["segmentation.tenant_id", "segmentation.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "segmentation_id", "position"),
        CheckConstraint("kind in ('rfm', 'kmeans', 'rule')", name="kind_known"),
        CheckConstraint("mode in ('static', 'dynamic')", name="mode_known"),
        CheckConstraint("(kind = 'rule') = (segmentation_id is null)", name="version_of_a_method"),
        CheckConstraint("(kind = 'rule') = (definition is not null)", name="rule_defined"),
        Index("ix_segment_name", "tenant_id", "name_key", "id"),
        Index("uq_segment_rule_name", "tenant_id", "name_key", unique=True, postgresql_where=text("kind = 'rule'")),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    segmentation_id: UUID | None = None
    kind: str = Field(sa_type=Text)
    mode: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    name_key: str = Field(sa_type=SortableText)
    position: int | None = None
    definition: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE)
    traits: list[Any] | None = Field(default=None, sa_type=NULLABLE)
    previous_id: UUID | None = None
    needs_full: bool = False
    as_of: datetime | None = Field(default=None, sa_type=Timestamp)
    last_error: str | None = Field(default=None, sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    updated_at: datetime = Field(sa_type=Timestamp)


class SegmentMember(SQLModel, table=True):
    """Who is in a segment now. `r`, `f`, `m` are the fifths of RFM; `x`, `y` the place in the picture of K-means."""

    __tablename__ = "segment_member"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "segment_id"], ["segment.tenant_id", "segment.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        Index("ix_segment_member_customer", "tenant_id", "customer_id", "segment_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    segment_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    since: datetime = Field(sa_type=Timestamp)
    r: int | None = Field(default=None, sa_type=SmallInteger)
    f: int | None = Field(default=None, sa_type=SmallInteger)
    m: int | None = Field(default=None, sa_type=SmallInteger)
    x: float | None = Field(default=None, sa_type=Double)
    y: float | None = Field(default=None, sa_type=Double)


class SegmentSnapshot(SQLModel, table=True):
    """Where a version puts each customer at earlier dates, all by the same thresholds or centers: what movement is
    counted from."""

    __tablename__ = "segment_snapshot"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "segmentation_id"], ["segmentation.tenant_id", "segmentation.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        Index("ix_segment_snapshot_customer", "tenant_id", "customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    segmentation_id: UUID = Field(primary_key=True)
    as_of: datetime = Field(sa_type=Timestamp, primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    position: int = Field(sa_type=SmallInteger)
