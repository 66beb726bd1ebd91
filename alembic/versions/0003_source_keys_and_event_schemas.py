"""Source keys, event schemas, ingest policies; one waiting dead letter per event"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TENANT_TABLES = ("source_key", "event_schema", "ingest_policy")


def upgrade() -> None:
    op.create_table(
        "source_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public", models.base.SortableText(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("revoked_at", models.base.Timestamp(), nullable=True),
        sa.Column("last_used_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_source_key_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_source_key")),
        sa.UniqueConstraint("tenant_id", "public", name=op.f("uq_source_key_tenant_id_public")),
    )
    op.create_table(
        "event_schema",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", models.base.SortableText(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint("mode in ('warn', 'reject')", name=op.f("ck_event_schema_mode_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_event_schema_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_event_schema")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_event_schema_tenant_id_name")),
    )
    op.create_table(
        "ingest_policy",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("maximum_age_days", sa.Integer(), nullable=True),
        sa.Column("schema_revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "maximum_age_days between 1 and 36500", name=op.f("ck_ingest_policy_maximum_age_range")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_ingest_policy_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_ingest_policy")),
    )
    op.create_index("ix_dead_letter_created", "dead_letter", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index(
        "uq_dead_letter_waiting_event",
        "dead_letter",
        ["tenant_id", "origin", "reference"],
        unique=True,
        postgresql_where=sa.text("kind = 'event' and state = 'waiting'"),
    )
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index("uq_dead_letter_waiting_event", table_name="dead_letter")
    op.drop_index("ix_dead_letter_created", table_name="dead_letter")
    op.drop_table("ingest_policy")
    op.drop_table("event_schema")
    op.drop_table("source_key")
