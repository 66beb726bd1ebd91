"""Saved views"""

import sqlalchemy as sa

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", models.base.SortableText(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("updated_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_saved_view_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "tenant_id", "owner_id", "sort_name", name=op.f("uq_saved_view_tenant_id_owner_id_sort_name")
        ),
    )
    op.create_index("ix_saved_view_name", "saved_view", ["tenant_id", "sort_name", "id"])
    for statement in secure_tenant_table("saved_view", ALL):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("saved_view")
