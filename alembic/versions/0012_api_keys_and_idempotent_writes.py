"""API keys, sessions that end unused, and the first answers to mutations with a key"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

TENANT_TABLES = ("api_key", "idempotent_write")


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public", models.base.SortableText(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("expires_at", models.base.Timestamp(), nullable=False),
        sa.Column("revoked_at", models.base.Timestamp(), nullable=True),
        sa.Column("last_used_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint("role in ('admin', 'analyst', 'viewer')", name=op.f("ck_api_key_role_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_api_key_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("tenant_id", "public", name=op.f("uq_api_key_tenant_id_public")),
    )
    op.create_table(
        "idempotent_write",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("actor", models.base.SortableText(), nullable=False),
        sa.Column("key", models.base.SortableText(), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_idempotent_write_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "actor", "key", name=op.f("pk_idempotent_write")),
    )
    op.create_index("ix_idempotent_write_created", "idempotent_write", ["tenant_id", "created_at"], unique=False)
    op.add_column("user_session", sa.Column("last_seen_at", models.base.Timestamp(), nullable=True))
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_column("user_session", "last_seen_at")
    op.drop_table("idempotent_write")
    op.drop_table("api_key")
