"""Imports"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import models.base
from alembic import op
from models.tenancy import secure_tenant_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
CHILDREN = ("import_chunk", "import_row", "import_unit", "import_error", "import_change")
STATES = (
    "state in ('uploading', 'uploaded', 'queued', 'reading', 'loading', 'checked', 'imported', 'failed', "
    "'cancelled', 'undoing', 'undone')"
)


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_format", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("preview", JSONB, nullable=False),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("read_share", sa.Integer(), nullable=False),
        sa.Column("cursor_at", models.base.Timestamp(), nullable=True),
        sa.Column("cursor_key", models.base.SortableText(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("report", JSONB, nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", models.base.Timestamp(), nullable=False),
        sa.Column("started_at", models.base.Timestamp(), nullable=True),
        sa.Column("finished_at", models.base.Timestamp(), nullable=True),
        sa.Column("undone_at", models.base.Timestamp(), nullable=True),
        sa.CheckConstraint(
            "kind in ('customers', 'orders', 'events', 'conversations')", name=op.f("ck_import_run_kind_known")
        ),
        sa.CheckConstraint(STATES, name=op.f("ck_import_run_state_known")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_import_run_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_created", "import_run", ["tenant_id", "created_at", "id"], unique=False)
    _child(
        "import_chunk",
        "number",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    _child(
        "import_row",
        "number",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", models.base.SortableText(), nullable=False),
        sa.Column("cells", JSONB, nullable=False),
    )
    op.create_index("ix_import_row_key", "import_row", ["tenant_id", "import_id", "key"], unique=False)
    _child(
        "import_unit",
        "key",
        sa.Column("key", models.base.SortableText(), nullable=False),
        sa.Column("at", models.base.Timestamp(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
    )
    op.create_index("ix_import_unit_at", "import_unit", ["tenant_id", "import_id", "at", "key"], unique=False)
    _child(
        "import_error",
        "row_number",
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cells", JSONB, nullable=False),
    )
    _child(
        "import_change",
        "kind, subject_id",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", JSONB, nullable=True),
        sa.Column("after", JSONB, nullable=True),
        sa.Column("kept", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('event', 'customer', 'conversation')", name=op.f("ck_import_change_kind_known")),
    )
    op.create_index("ix_import_change_subject", "import_change", ["tenant_id", "kind", "subject_id"], unique=False)
    for name in ("import_run", *CHILDREN):
        for statement in secure_tenant_table(name):
            op.execute(statement)


def downgrade() -> None:
    for name in reversed(CHILDREN):
        op.drop_table(name)
    op.drop_table("import_run")


def _child(name: str, key: str, *parts: sa.Column | sa.CheckConstraint) -> None:
    """A table of one run's rows."""
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        *parts,
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["import_run.tenant_id", "import_run.id"], name=op.f(f"fk_{name}_import_run")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", *key.split(", "), name=op.f(f"pk_{name}")),
    )
