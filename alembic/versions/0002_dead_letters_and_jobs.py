"""Dead letters and jobs"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = ("dead_letter", "job")


def upgrade() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("path", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("settled_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint("kind in ('event', 'message')", name=op.f("ck_dead_letter_kind_known")),
        sa.CheckConstraint("state in ('waiting', 'replayed', 'discarded')", name=op.f("ck_dead_letter_state_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_dead_letter_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dead_letter")),
    )
    op.create_index("ix_dead_letter_state", "dead_letter", ["tenant_id", "state", "id"], unique=False)
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("progress_done", sa.BigInteger(), nullable=False),
        sa.Column("progress_total", sa.BigInteger(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("started_at", models.base.Timestamp(), nullable=True),
        sa.Column("finished_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_job_state_known")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_job_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_created", "job", ["tenant_id", "created_at", "id"], unique=False)
    op.add_column("outbox_message", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("outbox_message", "attempts", server_default=None)
    op.add_column("outbox_message", sa.Column("next_attempt_at", models.base.Timestamp(), nullable=True))
    op.add_column("outbox_message", sa.Column("fault", sa.Text(), nullable=True))
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_column("outbox_message", "fault")
    op.drop_column("outbox_message", "next_attempt_at")
    op.drop_column("outbox_message", "attempts")
    op.drop_table("job")
    op.drop_table("dead_letter")
