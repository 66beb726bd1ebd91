"""Models, their versions, and predictions"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TENANT_TABLES = ("model_version", "model_training", "model_state", "prediction")
KINDS = "kind in ('CHURN', 'CLV', 'CONVERSION')"
STATES = "state in ('TRAINED', 'CURRENT', 'RETIRED', 'REJECTED')"


def upgrade() -> None:
    op.create_table(
        "model_version",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("horizon_days", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("as_of", models.base.Timestamp(), nullable=False),
        sa.Column("complete_until", models.base.Timestamp(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("is_baseline", sa.Boolean(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("card_hash", sa.Text(), nullable=False),
        sa.Column("data_hash", sa.Text(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_model_version_kind_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_model_version_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_version")),
        sa.UniqueConstraint(
            "tenant_id", "kind", "horizon_days", "number", name=op.f("uq_model_version_tenant_id_kind_horizon_days_number")
        ),
    )
    op.create_index("ix_model_version_created", "model_version", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "model_training",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("horizon_days", sa.SmallInteger(), nullable=False),
        sa.Column("complete_until", models.base.Timestamp(), nullable=True),
        sa.Column("reproduces", sa.Uuid(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("finished_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_model_training_kind_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_model_training_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reproduces"],
            ["model_version.tenant_id", "model_version.id"],
            name="fk_model_training_reproduces",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_training")),
    )
    op.create_index("ix_model_training_created", "model_training", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "model_state",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("horizon_days", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", models.base.Timestamp(), nullable=False),
        sa.Column("scored_at", models.base.Timestamp(), nullable=True),
        sa.Column("scored_as_of", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_model_state_state_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["model_version.tenant_id", "model_version.id"],
            name=op.f("fk_model_state_model_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "version_id", name=op.f("pk_model_state")),
    )
    op.create_index(
        "ix_model_state_current",
        "model_state",
        ["tenant_id", "kind", "horizon_days"],
        unique=True,
        postgresql_where=sa.text("state = 'CURRENT'"),
    )
    op.create_table(
        "prediction",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("horizon_days", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", models.base.Timestamp(), nullable=False),
        sa.Column("estimate", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("base", sa.Double(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=True),
        sa.Column("historic", sa.BigInteger(), nullable=True),
        sa.Column("purchases", sa.Double(), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_prediction_kind_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_prediction_customer"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["model_version.tenant_id", "model_version.id"],
            name=op.f("fk_prediction_model_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "customer_id", "kind", "horizon_days", name=op.f("pk_prediction")),
    )
    op.create_index(
        "ix_prediction_estimate",
        "prediction",
        ["tenant_id", "kind", "horizon_days", "estimate", "customer_id"],
        unique=False,
    )
    op.create_index("ix_prediction_version", "prediction", ["tenant_id", "version_id"], unique=False)
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name):
            op.execute(statement)


def downgrade() -> None:
    for name in ("prediction", "model_state", "model_training", "model_version"):
        op.drop_table(name)
