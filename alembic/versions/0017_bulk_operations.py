"""Bulk operations, and the two orders of predictions that had no index"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TENANT_TABLES = ("bulk_operation", "bulk_part")
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
ORDERS = ("historic", "purchases")


def upgrade() -> None:
    op.create_table(
        "bulk_operation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("variables", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("needs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("expires_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_bulk_operation_tenant")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"], ["job.tenant_id", "job.id"], name=op.f("fk_bulk_operation_job")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bulk_operation")),
    )
    op.create_index("ix_bulk_operation_created", "bulk_operation", ["tenant_id", "created_at", "id"])
    op.create_table(
        "bulk_part",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "operation_id"],
            ["bulk_operation.tenant_id", "bulk_operation.id"],
            name=op.f("fk_bulk_part_bulk_operation"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "operation_id", "number", name=op.f("pk_bulk_part")),
    )
    for name in ORDERS:
        columns = ["tenant_id", "kind", "horizon_days", sa.text(f"{name} desc nulls last"), sa.text("customer_id desc")]
        op.create_index(f"ix_prediction_{name}", "prediction", columns)
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name, ALL):
            op.execute(statement)


def downgrade() -> None:
    for name in ORDERS:
        op.drop_index(f"ix_prediction_{name}", "prediction")
    op.drop_table("bulk_part")
    op.drop_table("bulk_operation")
