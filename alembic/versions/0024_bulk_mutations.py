"""Mutations for each line of a file"""

import sqlalchemy as sa

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0024"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bulk_operation", sa.Column("error_policy", sa.Text(), nullable=True))
    op.add_column("bulk_operation", sa.Column("upload_id", sa.Uuid(), nullable=True))
    op.add_column("bulk_part", sa.Column("failed", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "bulk_upload",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_bulk_upload_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", "number", name=op.f("pk_bulk_upload")),
    )
    op.create_index("ix_bulk_upload_created", "bulk_upload", ["tenant_id", "created_at"])
    for statement in secure_tenant_table("bulk_upload", ("SELECT", "INSERT", "UPDATE", "DELETE")):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("bulk_upload")
    op.drop_column("bulk_part", "failed")
    op.drop_column("bulk_operation", "upload_id")
    op.drop_column("bulk_operation", "error_policy")
