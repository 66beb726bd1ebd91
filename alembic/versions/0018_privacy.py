"""Requests about one person's data, the fingerprints of who was erased, and consent"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PRIVILEGES = {
    "privacy_request": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "erasure_salt": ("SELECT", "INSERT"),
    "erased": ("SELECT", "INSERT"),
    "subject_key": ("SELECT", "INSERT", "DELETE"),
    "customer_consent": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}


def upgrade() -> None:
    op.create_table(
        "privacy_request",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("file_until", models.base.Timestamp(), nullable=True),
        sa.Column("receipt", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("finished_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint("kind in ('export', 'erase')", name=op.f("ck_privacy_request_kind_known")),
        sa.CheckConstraint("state in ('asked', 'done')", name=op.f("ck_privacy_request_state_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_privacy_request_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_privacy_request")),
    )
    op.create_index("ix_privacy_request_created", "privacy_request", ["tenant_id", "created_at", "id"])
    op.create_table(
        "erasure_salt",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_erasure_salt_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_erasure_salt")),
    )
    op.create_table(
        "erased",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_erased_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "fingerprint", name=op.f("pk_erased")),
    )
    op.create_table(
        "subject_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_subject_key_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_subject_key")),
        sa.UniqueConstraint("tenant_id", "customer_id", name=op.f("uq_subject_key_tenant_id_customer_id")),
    )
    op.create_table(
        "customer_consent",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", models.base.SortableText(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("said_at", models.base.Timestamp(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "purpose in ('analytics', 'marketing', 'profiling')", name=op.f("ck_customer_consent_purpose_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_customer_consent_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "customer_id", "purpose", name=op.f("pk_customer_consent")),
    )
    op.create_index("ix_customer_consent_refused", "customer_consent", ["tenant_id", "purpose", "customer_id"])
    for name, privileges in PRIVILEGES.items():
        for statement in secure_tenant_table(name, privileges):
            op.execute(statement)


def downgrade() -> None:
    for name in reversed(PRIVILEGES):
        op.drop_table(name)
