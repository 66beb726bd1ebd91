"""Facts of the metrics: sessions, first replies, ratings with their time, journeys"""

import sqlalchemy as sa

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "conversation_response",
    "customer_session",
    "stale_customer",
    "engagement_weight",
    "journey_stage",
    "journey_rule",
    "journey_spell",
)

# What every tenant begins with when this is installed; new tenants get it from api.journeys.defaults.
STAGES = """
INSERT INTO journey_stage (tenant_id, key, name, position, is_exit)
SELECT tenant.id, stage.* FROM tenant CROSS JOIN (VALUES
  ('awareness', 'Awareness', 0, false), ('consideration', 'Consideration', 1, false),
  ('evaluation', 'Evaluation', 2, false), ('purchase', 'Purchase', 3, false),
  ('onboarding', 'Onboarding', 4, false), ('advocacy', 'Advocacy', 5, false), ('lost', 'Lost', 6, true)
) AS stage (key, name, position, is_exit)
"""
RULES = """
INSERT INTO journey_rule (tenant_id, id, event_name, stage, moves)
SELECT tenant.id, gen_random_uuid(), rule.* FROM tenant CROSS JOIN (VALUES
  ('page_viewed', 'awareness', 'forward'), ('signed_up', 'awareness', 'forward'),
  ('trial_started', 'consideration', 'any'), ('product_viewed', 'consideration', 'forward'),
  ('project_created', 'evaluation', 'next'), ('product_added', 'evaluation', 'forward'),
  ('checkout_started', 'evaluation', 'forward'), ('subscription_started', 'purchase', 'forward'),
  ('order_completed', 'purchase', 'forward'), ('project_created', 'onboarding', 'next'),
  ('seat_invited', 'onboarding', 'next'), ('plan_upgraded', 'advocacy', 'forward'),
  ('referral_made', 'advocacy', 'forward'), ('subscription_cancelled', 'lost', 'any')
) AS rule (event_name, stage, moves)
"""


def upgrade() -> None:
    _date_ratings()
    op.create_index("ix_customer_first_seen", "customer", ["tenant_id", "first_seen_at"], unique=False)
    op.create_table(
        "conversation_response",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", models.base.Timestamp(), nullable=False),
        sa.Column("replied_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversation.tenant_id", "conversation.id"],
            name=op.f("fk_conversation_response_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "conversation_id", name=op.f("pk_conversation_response")),
    )
    op.create_index(
        "ix_conversation_response_replied",
        "conversation_response",
        ["tenant_id", "replied_at"],
        unique=False,
        postgresql_include=["asked_at"],
        postgresql_where=sa.text("replied_at is not null"),
    )
    op.create_table(
        "customer_session",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", models.base.Timestamp(), nullable=False),
        sa.Column("ended_at", models.base.Timestamp(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_customer_session_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "customer_id", "started_at", name=op.f("pk_customer_session")),
    )
    op.create_index(
        "ix_customer_session_started",
        "customer_session",
        ["tenant_id", "started_at"],
        unique=False,
        postgresql_include=["customer_id", "ended_at", "events"],
    )
    op.create_table(
        "stale_customer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("since", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint("purpose in ('segments', 'scores')", name=op.f("ck_stale_customer_purpose_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_stale_customer_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "customer_id", "purpose", name=op.f("pk_stale_customer")),
    )
    op.create_index(
        "ix_stale_customer_since", "stale_customer", ["tenant_id", "purpose", "since", "customer_id"], unique=False
    )
    op.create_table(
        "engagement_weight",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("part", models.base.SortableText(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "part in ('recency', 'frequency', 'sessions', 'conversations')", name=op.f("ck_engagement_weight_part_known")
        ),
        sa.CheckConstraint("weight >= 0 and weight <= 1000", name=op.f("ck_engagement_weight_weight_range")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_engagement_weight_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "part", name=op.f("pk_engagement_weight")),
    )
    op.create_table(
        "journey_stage",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", models.base.SortableText(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_exit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_journey_stage_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_journey_stage")),
        sa.UniqueConstraint("tenant_id", "position", name=op.f("uq_journey_stage_tenant_id_position")),
    )
    op.create_table(
        "journey_rule",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_name", sa.Text(), nullable=False),
        sa.Column("property", sa.Text(), nullable=True),
        sa.Column("equals", sa.Text(), nullable=True),
        sa.Column("stage", models.base.SortableText(), nullable=False),
        sa.Column("moves", sa.Text(), nullable=False),
        sa.CheckConstraint("moves in ('any', 'forward', 'next')", name=op.f("ck_journey_rule_moves_known")),
        sa.CheckConstraint("(property is null) = (equals is null)", name=op.f("ck_journey_rule_property_whole")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stage"],
            ["journey_stage.tenant_id", "journey_stage.key"],
            name=op.f("fk_journey_rule_journey_stage"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_journey_rule")),
    )
    op.create_index("ix_journey_rule_stage", "journey_rule", ["tenant_id", "stage"], unique=False)
    op.create_table(
        "journey_spell",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("entered_at", models.base.Timestamp(), nullable=False),
        sa.Column("stage", models.base.SortableText(), nullable=False),
        sa.Column("left_at", models.base.Timestamp(), nullable=True),
        sa.Column("next_stage", models.base.SortableText(), nullable=True),
        sa.CheckConstraint("(left_at is null) = (next_stage is null)", name=op.f("ck_journey_spell_left_somewhere")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_journey_spell_customer"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stage"],
            ["journey_stage.tenant_id", "journey_stage.key"],
            name=op.f("fk_journey_spell_journey_stage"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "customer_id", "entered_at", "stage", name=op.f("pk_journey_spell")),
    )
    op.create_index(
        "ix_journey_spell_stage",
        "journey_spell",
        ["tenant_id", "stage", "entered_at"],
        unique=False,
        postgresql_include=["customer_id"],
    )
    op.execute(STAGES)
    op.execute(RULES)
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name):
            op.execute(statement)


def _date_ratings() -> None:
    """Row-level security is forced on the owner too: lifted for the one update, inside this transaction."""
    op.add_column("conversation", sa.Column("rated_at", models.base.Timestamp(), nullable=True))
    op.execute("ALTER TABLE conversation NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE conversation SET rated_at = closed_at WHERE rating IS NOT NULL")
    op.execute("ALTER TABLE conversation FORCE ROW LEVEL SECURITY")
    op.create_check_constraint(
        op.f("ck_conversation_rating_dated"), "conversation", "(rating is null) = (rated_at is null)"
    )
    op.create_index(
        "ix_conversation_rated",
        "conversation",
        ["tenant_id", "rated_at"],
        unique=False,
        postgresql_include=["rating"],
        postgresql_where=sa.text("rated_at is not null"),
    )


def downgrade() -> None:
    for name in reversed(TENANT_TABLES):
        op.drop_table(name)
    op.drop_index("ix_customer_first_seen", table_name="customer")
    op.drop_index("ix_conversation_rated", table_name="conversation")
    op.drop_constraint(op.f("ck_conversation_rating_dated"), "conversation", type_="check")
    op.drop_column("conversation", "rated_at")
