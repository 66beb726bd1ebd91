"""Webhooks"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("grants", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", models.base.Timestamp(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("breaks", sa.Integer(), nullable=False),
        sa.Column("open_until", models.base.Timestamp(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("updated_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_webhook_endpoint_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index("ix_webhook_endpoint_created", "webhook_endpoint", ["tenant_id", "created_at", "id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("changed_at", models.base.Timestamp(), nullable=False),
        sa.Column("next_try_at", models.base.Timestamp(), nullable=False),
        sa.Column("tried_at", models.base.Timestamp(), nullable=True),
        sa.Column("settled_at", models.base.Timestamp(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'delivered', 'dead')", name=op.f("ck_webhook_delivery_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoint.tenant_id", "webhook_endpoint.id"],
            name=op.f("fk_webhook_delivery_webhook_endpoint"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index("ix_webhook_delivery_created", "webhook_delivery", ["tenant_id", "created_at", "id"])
    op.create_index("ix_webhook_delivery_endpoint", "webhook_delivery", ["tenant_id", "endpoint_id", "created_at", "id"])
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["tenant_id", "endpoint_id", "next_try_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_webhook_delivery_untried",
        "webhook_delivery",
        ["tenant_id", "endpoint_id", "event", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting' and attempts = 0 and replays = 0 and not test"),
    )
    op.create_index(
        "ix_job_live",
        "job",
        ["tenant_id", "kind", "subject_id"],
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    for name in ("webhook_endpoint", "webhook_delivery"):
        for statement in secure_tenant_table(name, ALL):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_job_live", "job")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_endpoint")
