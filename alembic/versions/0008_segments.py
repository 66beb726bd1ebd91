"""Segments"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANT_TABLES = ("segmentation", "segment", "segment_member", "segment_snapshot")


def json(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "segmentation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        json("parameters", nullable=False),
        json("model"),
        json("quality"),
        json("outcome"),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("cutoff", models.base.Timestamp(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("data_hash", sa.Text(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("finished_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint("method in ('rfm', 'kmeans')", name=op.f("ck_segmentation_method_known")),
        sa.CheckConstraint(
            "state in ('queued', 'ready', 'insufficient', 'refused')", name=op.f("ck_segmentation_state_known")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_segmentation_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_segmentation")),
        sa.UniqueConstraint("tenant_id", "method", "number", name=op.f("uq_segmentation_tenant_id_method_number")),
    )
    op.create_index("ix_segmentation_created", "segmentation", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index(
        "uq_segmentation_current",
        "segmentation",
        ["tenant_id", "method"],
        unique=True,
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "segment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("segmentation_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", models.base.SortableText(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        json("definition"),
        json("traits"),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("needs_full", sa.Boolean(), nullable=False),
        sa.Column("as_of", models.base.Timestamp(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("updated_at", models.base.Timestamp(), nullable=False),
        sa.CheckConstraint("kind in ('rfm', 'kmeans', 'rule')", name=op.f("ck_segment_kind_known")),
        sa.CheckConstraint("mode in ('static', 'dynamic')", name=op.f("ck_segment_mode_known")),
        sa.CheckConstraint(
            "(kind = 'rule') = (segmentation_id is null)", name=op.f("ck_segment_version_of_a_method")
        ),
        sa.CheckConstraint("(kind = 'rule') = (definition is not null)", name=op.f("ck_segment_rule_defined")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_segment_tenant"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segmentation_id"],
            ["segmentation.tenant_id", "segmentation.id"],
            name=op.f("fk_segment_segmentation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_segment")),
        sa.UniqueConstraint(
            "tenant_id", "segmentation_id", "position", name=op.f("uq_segment_tenant_id_segmentation_id_position")
        ),
    )
    op.create_index("ix_segment_name", "segment", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index(
        "uq_segment_rule_name",
        "segment",
        ["tenant_id", "name_key"],
        unique=True,
        postgresql_where=sa.text("kind = 'rule'"),
    )
    op.create_table(
        "segment_member",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("since", models.base.Timestamp(), nullable=False),
        sa.Column("r", sa.SmallInteger(), nullable=True),
        sa.Column("f", sa.SmallInteger(), nullable=True),
        sa.Column("m", sa.SmallInteger(), nullable=True),
        sa.Column("x", sa.Double(), nullable=True),
        sa.Column("y", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segment_id"],
            ["segment.tenant_id", "segment.id"],
            name=op.f("fk_segment_member_segment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_segment_member_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "segment_id", "customer_id", name=op.f("pk_segment_member")),
    )
    op.create_index(
        "ix_segment_member_customer", "segment_member", ["tenant_id", "customer_id", "segment_id"], unique=False
    )
    op.create_table(
        "segment_snapshot",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("segmentation_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", models.base.Timestamp(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segmentation_id"],
            ["segmentation.tenant_id", "segmentation.id"],
            name=op.f("fk_segment_snapshot_segmentation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_segment_snapshot_customer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "segmentation_id", "as_of", "customer_id", name=op.f("pk_segment_snapshot")
        ),
    )
    op.create_index("ix_segment_snapshot_customer", "segment_snapshot", ["tenant_id", "customer_id"], unique=False)
    for name in TENANT_TABLES:
        for statement in secure_tenant_table(name):
            op.execute(statement)


def downgrade() -> None:
    for name in reversed(TENANT_TABLES):
        op.drop_table(name)
