"""The chain of hashes over the audit trail, and what still waits to be put on it"""

import sqlalchemy as sa

from alembic import op
from models.tenancy import secure_tenant_table

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_audit_seal_number_positive")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_audit_seal_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("tenant_id", "entry_id", name=op.f("uq_audit_seal_tenant_id_entry_id")),
    )
    op.create_table(
        "audit_unsealed",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_audit_unsealed_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "entry_id", name=op.f("pk_audit_unsealed")),
    )
    # The owner sees no row of a forced table without a tenant; these are of all of them.
    op.execute("ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY")
    op.execute("INSERT INTO audit_unsealed SELECT tenant_id, id FROM audit_entry")
    op.execute("ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY")
    for name, privileges in {
        "audit_seal": ("SELECT", "INSERT"),
        "audit_unsealed": ("SELECT", "INSERT", "DELETE"),
    }.items():
        for statement in secure_tenant_table(name, privileges):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_unsealed")
    op.drop_table("audit_seal")
