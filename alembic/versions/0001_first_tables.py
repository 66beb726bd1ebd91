"""First tables, each closed by row-level security."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import APPLICATION_ROLE, TENANT_FUNCTION, secure_global_table, secure_tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "audit_entry",
    "customer",
    "metric_bucket",
    "metric_revision",
    "outbox_message",
    "processed_message",
    "replay",
    "tenant_profile",
    "user_account",
    "conversation",
    "event",
    "sales_order",
    "setup_link",
    "user_session",
    "message",
    "order_line",
)


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", models.base.SortableText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", models.base.Timestamp(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("outcome in ('done', 'denied')", name=op.f("ck_audit_entry_outcome_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_audit_entry_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_at", "audit_entry", ["tenant_id", "at", "id"], unique=False)
    op.create_table(
        "customer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("external_key", models.base.SortableText(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", models.base.SortableText(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("first_seen_at", models.base.Timestamp(), nullable=False),
        sa.Column("total_spent", sa.BigInteger(), nullable=False),
        sa.Column("order_count", sa.Integer(), nullable=False),
        sa.Column("last_order_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_customer_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer")),
        sa.UniqueConstraint("tenant_id", "external_id", name=op.f("uq_customer_tenant_id_external_id")),
    )
    op.create_index("ix_customer_external", "customer", ["tenant_id", "external_key"], unique=False)
    op.create_index(
        "ix_customer_last_order",
        "customer",
        ["tenant_id", sa.literal_column("last_order_at desc nulls last"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index("ix_customer_name", "customer", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index("ix_customer_order_count", "customer", ["tenant_id", "order_count", "id"], unique=False)
    op.create_index("ix_customer_total_spent", "customer", ["tenant_id", "total_spent", "id"], unique=False)
    op.create_table(
        "metric_bucket",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("metric", models.base.SortableText(), nullable=False),
        sa.Column("bucket", models.base.SortableText(), nullable=False),
        sa.Column("start", models.base.Timestamp(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "bucket in ('minute', 'quarter_hour', 'hour', 'day')", name=op.f("ck_metric_bucket_bucket_known")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_metric_bucket_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "metric", "bucket", "start", name=op.f("pk_metric_bucket")),
    )
    op.create_table(
        "metric_revision",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_metric_revision_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_metric_revision")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("published_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_outbox_message_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox_message")),
    )
    op.create_table(
        "processed_message",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("processed_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_processed_message_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "consumer", "message_id", name=op.f("pk_processed_message")),
    )
    op.create_table(
        "replay",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("speed", sa.Integer(), nullable=False),
        sa.Column("position", models.base.Timestamp(), nullable=False),
        sa.Column("ends_at", models.base.Timestamp(), nullable=False),
        sa.Column("history_loaded", sa.Boolean(), nullable=False),
        sa.CheckConstraint("speed > 0", name=op.f("ck_replay_speed_positive")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_replay_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_replay")),
    )
    op.create_table(
        "tenant_profile",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_tenant_profile_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_profile")),
    )
    op.create_table(
        "user_account",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", models.base.SortableText(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint("role in ('admin', 'analyst', 'viewer')", name=op.f("ck_user_account_role_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_user_account_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_user_account_tenant_id_name")),
    )
    op.create_table(
        "conversation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("opened_at", models.base.Timestamp(), nullable=False),
        sa.Column("closed_at", models.base.Timestamp(), nullable=True),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_conversation_rating_range")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], name=op.f("fk_conversation_customer")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_conversation_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_conversation")),
        sa.UniqueConstraint(
            "tenant_id", "source", "external_id", name=op.f("uq_conversation_tenant_id_source_external_id")
        ),
    )
    op.create_index(
        "ix_conversation_customer", "conversation", ["tenant_id", "customer_id", "opened_at", "id"], unique=False
    )
    op.create_index("ix_conversation_opened", "conversation", ["tenant_id", "opened_at", "id"], unique=False)
    op.create_table(
        "event",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", models.base.Timestamp(), nullable=False),
        sa.Column("received_at", models.base.Timestamp(), nullable=False),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], name=op.f("fk_event_customer")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_event_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_event")),
        sa.UniqueConstraint("tenant_id", "source", "message_id", name=op.f("uq_event_tenant_id_source_message_id")),
    )
    op.create_index("ix_event_customer", "event", ["tenant_id", "customer_id", "occurred_at", "id"], unique=False)
    op.create_index(
        "ix_event_occurred",
        "event",
        ["tenant_id", "occurred_at", "id"],
        unique=False,
        postgresql_include=["customer_id"],
    )
    op.create_table(
        "sales_order",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("placed_at", models.base.Timestamp(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('order', 'cancellation')", name=op.f("ck_sales_order_kind_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], name=op.f("fk_sales_order_customer")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_sales_order_tenant"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint(
            "tenant_id", "source", "external_id", name=op.f("uq_sales_order_tenant_id_source_external_id")
        ),
    )
    op.create_index(
        "ix_sales_order_customer", "sales_order", ["tenant_id", "customer_id", "placed_at", "id"], unique=False
    )
    op.create_index("ix_sales_order_placed", "sales_order", ["tenant_id", "placed_at", "id"], unique=False)
    op.create_table(
        "setup_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", models.base.Timestamp(), nullable=False),
        sa.Column("used_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_setup_link_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_setup_link")),
    )
    op.create_table(
        "user_session",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("expires_at", models.base.Timestamp(), nullable=False),
        sa.Column("ended_at", models.base.Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_user_session_user_account"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_session")),
    )
    op.create_table(
        "message",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("sent_at", models.base.Timestamp(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("author in ('customer', 'agent')", name=op.f("ck_message_author_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversation.tenant_id", "conversation.id"],
            name=op.f("fk_message_conversation"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "tenant_id", "conversation_id", "external_id", name=op.f("uq_message_tenant_id_conversation_id_external_id")
        ),
    )
    op.create_index("ix_message_sent", "message", ["tenant_id", "conversation_id", "sent_at", "id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_order_line_sales_order"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "order_id", "number", name=op.f("pk_order_line")),
    )
    op.execute("CREATE SCHEMA IF NOT EXISTS app")
    op.execute(TENANT_FUNCTION)
    op.execute(f"GRANT USAGE ON SCHEMA app, public TO {APPLICATION_ROLE}")
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name):
            op.execute(statement)
    for name in ("tenant", "alembic_version"):
        for statement in secure_global_table(name):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("order_line")
    op.drop_index("ix_message_sent", table_name="message")
    op.drop_table("message")
    op.drop_table("user_session")
    op.drop_table("setup_link")
    op.drop_index("ix_sales_order_placed", table_name="sales_order")
    op.drop_index("ix_sales_order_customer", table_name="sales_order")
    op.drop_table("sales_order")
    op.drop_index("ix_event_occurred", table_name="event", postgresql_include=["customer_id"])
    op.drop_index("ix_event_customer", table_name="event")
    op.drop_table("event")
    op.drop_index("ix_conversation_opened", table_name="conversation")
    op.drop_index("ix_conversation_customer", table_name="conversation")
    op.drop_table("conversation")
    op.drop_table("user_account")
    op.drop_table("tenant_profile")
    op.drop_table("replay")
    op.drop_table("processed_message")
    op.drop_table("outbox_message")
    op.drop_table("metric_revision")
    op.drop_table("metric_bucket")
    op.drop_index("ix_customer_total_spent", table_name="customer")
    op.drop_index("ix_customer_order_count", table_name="customer")
    op.drop_index("ix_customer_name", table_name="customer")
    op.drop_index("ix_customer_last_order", table_name="customer")
    op.drop_index("ix_customer_external", table_name="customer")
    op.drop_table("customer")
    op.drop_index("ix_audit_at", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("tenant")
    op.execute("DROP FUNCTION app.tenant_id()")
