"""What a tenant allows itself"""

import sqlalchemy as sa

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenant_limit",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("points_per_second", sa.Integer(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("sockets", sa.Integer(), nullable=True),
        sa.Column("event_days", sa.Integer(), nullable=True),
        sa.Column("events_kept_from", models.base.Timestamp(), nullable=True),
        sa.Column("updated_at", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint(
            "points_per_second > 0 and members > 0 and sockets > 0 and event_days > 0",
            name=op.f("ck_tenant_limit_limits_positive"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_tenant_limit_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_limit")),
    )
    for statement in secure_tenant_table("tenant_limit", ("SELECT", "INSERT", "UPDATE")):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("tenant_limit")
