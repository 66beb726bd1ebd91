"""Signing in by an identity provider, and refresh tokens"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refresh_token",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("used_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_id"],
            ["user_session.tenant_id", "user_session.id"],
            name=op.f("fk_refresh_token_user_session"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_refresh_token")),
    )
    op.create_index("ix_refresh_token_session", "refresh_token", ["tenant_id", "session_id"])
    op.create_table(
        "user_identity",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", models.base.SortableText(), nullable=False),
        sa.Column("subject", models.base.SortableText(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_user_identity_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "issuer", "subject", name=op.f("pk_user_identity")),
        sa.UniqueConstraint("tenant_id", "account_id", "issuer", name=op.f("uq_user_identity_tenant_id_account_id_issuer")),
    )
    op.create_table(
        "identity_provider",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("email_domains", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("new_role", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("updated_at", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint("new_role in ('analyst', 'viewer')", name=op.f("ck_identity_provider_new_role_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_identity_provider_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_identity_provider")),
    )
    for name in ("refresh_token", "user_identity", "identity_provider"):
        for statement in secure_tenant_table(name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("identity_provider")
    op.drop_table("user_identity")
    op.drop_table("refresh_token")
