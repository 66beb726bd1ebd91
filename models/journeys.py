"""The stages of a tenant's customer journey, the rules that move customers, and how long each stayed where."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id


class JourneyStage(SQLModel, table=True):
    """Stages are in the order of `position`. An exit is no stage of the way: whoever is in it has left."""

    __tablename__ = "journey_stage"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_journey_stage_tenant"),
        UniqueConstraint("tenant_id", "position"),
    )

    tenant_id: UUID = Field(primary_key=True)
    key: str = Field(sa_type=SortableText, primary_key=True)
    name: str = Field(sa_type=Text)
    position: int
    is_exit: bool = False


class JourneyRule(SQLModel, table=True):
    """An event of this name, and with this property if one is named, moves its customer to the stage.

    `moves` says from where: `any` stage, only `forward`, or only from the stage just before (`next`).
    """

    __tablename__ = "journey_rule"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "stage"], ["journey_stage.tenant_id", "journey_stage.key"]),
        CheckConstraint("moves in ('any', 'forward', 'next')", name="moves_known"),
        CheckConstraint("(property is null) = (equals is null)", name="property_whole"),
        Index("ix_journey_rule_stage", "tenant_id", "stage"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    event_name: str = Field(sa_type=Text)
    property: str | None = Field(default=None, sa_type=Text)
    equals: str | None = Field(default=None, sa_type=Text)
    stage: str = Field(sa_type=SortableText)
    moves: str = Field(sa_type=Text)


class JourneySpell(SQLModel, table=True):
    """One stay in one stage. Whoever is still there has neither `left_at` nor `next_stage`."""

    __tablename__ = "journey_spell"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "stage"], ["journey_stage.tenant_id", "journey_stage.key"]),
        CheckConstraint("(left_at is null) = (next_stage is null)", name="left_somewhere"),
        Index("ix_journey_spell_stage", "tenant_id", "stage", "entered_at", postgresql_include=["customer_id"]),
    )

    tenant_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    entered_at: datetime = Field(sa_type=Timestamp, primary_key=True)
    stage: str = Field(sa_type=SortableText, primary_key=True)
    left_at: datetime | None = Field(default=None, sa_type=Timestamp)
    next_stage: str | None = Field(default=None, sa_type=SortableText)
