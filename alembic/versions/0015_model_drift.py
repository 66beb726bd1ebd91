"""What passes of model versions found of drift"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import ALL, secure_tenant_table

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_drift",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", models.base.Timestamp(), nullable=False),
        sa.Column("measured_at", models.base.Timestamp(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("reference_n", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "state in ('STABLE', 'MOVED', 'DRIFTED', 'INSUFFICIENT_DATA')", name=op.f("ck_model_drift_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["model_version.tenant_id", "model_version.id"],
            name=op.f("fk_model_drift_model_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "version_id", "as_of", name=op.f("pk_model_drift")),
    )
    for statement in secure_tenant_table("model_drift", ALL):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("model_drift")
