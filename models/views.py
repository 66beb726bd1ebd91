"""What people gave a name to, so as to see it again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id


class SavedView(SQLModel, table=True):
    """A name for filters, search and order of the list of customers, as they stand in its address. It is its owner's;
    when `shared`, everybody of the tenant may see it. `sort_name` is the name without regard to case."""

    __tablename__ = "saved_view"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["user_account.tenant_id", "user_account.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "owner_id", "sort_name"),
        Index("ix_saved_view_name", "tenant_id", "sort_name", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    owner_id: UUID
    name: str = Field(sa_type=Text)
    sort_name: str = Field(sa_type=SortableText)
    query: str = Field(sa_type=Text)
    shared: bool = Field(sa_type=Boolean)
    created_at: datetime = Field(sa_type=Timestamp)
    updated_at: datetime = Field(sa_type=Timestamp)
