"""The job engine in a schema of its own, and its one door"""

import sqlalchemy as sa

from alembic import op
from models.job_engine import SCHEMA, close_engine_schema, engine_schema
from models.roles import JOBS_ROLE, MissingRoleError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if not connection.scalar(sa.text("SELECT true FROM pg_roles WHERE rolname = :name"), {"name": JOBS_ROLE}):
        raise MissingRoleError(JOBS_ROLE)
    op.add_column("job", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("job", "failures", server_default=None)
    op.add_column("job", sa.Column("summary", sa.Text(), nullable=True))
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    op.execute(f"SET LOCAL search_path = {SCHEMA}")
    # Many statements at once, which a prepared statement cannot hold.
    connection.connection.dbapi_connection.run_async(lambda asyncpg: asyncpg.execute(engine_schema()))
    op.execute("SET LOCAL search_path TO DEFAULT")
    for statement in close_engine_schema():
        connection.exec_driver_sql(statement)  # a colon in it is no parameter


def downgrade() -> None:
    op.execute("DROP FUNCTION app.enqueue(text, uuid)")
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    op.drop_column("job", "summary")
    op.drop_column("job", "failures")
