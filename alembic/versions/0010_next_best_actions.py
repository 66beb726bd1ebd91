"""Next best actions: a tenant's catalogue, and what was decided"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TENANT_TABLES = {
    "action_catalogue": ("SELECT", "INSERT", "UPDATE"),
    "action_decision": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}


def upgrade() -> None:
    op.create_table(
        "action_catalogue",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("actions", postgresql.JSONB(), nullable=False),
        sa.Column("weekly_cap", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=False),
        sa.Column("fatigue", sa.BigInteger(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=False),
        sa.Column("quiet_to", sa.SmallInteger(), nullable=False),
        sa.Column("updated_at", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint(
            "quiet_from between 0 and 23 and quiet_to between 0 and 23", name=op.f("ck_action_catalogue_quiet_hours")
        ),
        sa.CheckConstraint(
            "weekly_cap >= 0 and daily_cap >= 0 and fatigue >= 0", name=op.f("ck_action_catalogue_limits_positive")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_action_catalogue_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_action_catalogue")),
    )
    op.create_table(
        "action_decision",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", models.base.Timestamp(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("expected_value", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("propensity", sa.Double(), nullable=True),
        sa.Column("propensities", postgresql.JSONB(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=True),
        sa.Column("outcome_value", sa.BigInteger(), nullable=True),
        sa.Column("outcome_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint("decision in ('accept', 'dismiss')", name=op.f("ck_action_decision_decision_known")),
        sa.CheckConstraint(
            "(succeeded is null) = (outcome_at is null)", name=op.f("ck_action_decision_outcome_whole")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_action_decision_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_action_decision")),
    )
    op.create_index(
        "ix_action_decision_customer", "action_decision", ["tenant_id", "customer_id", "decided_at"], unique=False
    )
    op.create_index(
        "ix_action_decision_decided", "action_decision", ["tenant_id", "decided_at", "id"], unique=False
    )
    for name, privileges in TENANT_TABLES.items():
        for statement in secure_tenant_table(name, privileges):
            op.execute(statement)


def downgrade() -> None:
    for name in reversed(TENANT_TABLES):
        op.drop_table(name)
