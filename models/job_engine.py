"""The job engine's own schema: procrastinate's tables, who may use them, and the one door that the application has.

They hold ids alone. The worker's connections reach them as `cip_jobs`, which has rights on nothing else.
"""

from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from typing import Final

from models.roles import JOBS_ROLE
from models.tenancy import APPLICATION_ROLE

SCHEMA: Final = "jobs"
SCHEMA_SHA256: Final = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
"""Of the schema.sql of procrastinate 3.10.0. Another version brings migrations of its own: apply them in a revision."""

TABLES: Final[dict[str, tuple[str, ...]]] = {
    "procrastinate_workers": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "procrastinate_jobs": ("SELECT", "UPDATE", "DELETE"),
    "procrastinate_events": ("INSERT",),
    "procrastinate_periodic_defers": ("SELECT", "UPDATE"),
}
"""Each table of the engine with what the worker may do. It cannot make jobs: those come from a tenant's transaction."""

SEQUENCES: Final[dict[str, tuple[str, ...]]] = {
    "procrastinate_events_id_seq": ("USAGE",),
    "procrastinate_jobs_id_seq": (),
    "procrastinate_periodic_defers_id_seq": (),
    "procrastinate_workers_id_seq": (),
}

CALLED: Final = frozenset(
    {
        "procrastinate_fetch_job_v2",
        "procrastinate_finish_job_v1",
        "procrastinate_prune_stalled_workers_v1",
        "procrastinate_register_worker_v1",
        "procrastinate_retry_job_v2",
        "procrastinate_unregister_worker_v1",
        "procrastinate_update_heartbeat_v1",
    }
)
"""The functions that the worker may call; the others are triggers, or older versions."""

SEARCH_PATH: Final = f"{SCHEMA}, pg_temp"

ENQUEUE_BODY: Final = """
DECLARE
  tenant text := app.tenant_id()::text;
  lane text;
  behind integer;
  front integer;
BEGIN
  IF (kind ~ '^[a-z][a-z0-9_.]{0,39}$' AND job_id IS NOT NULL) IS NOT TRUE THEN
    RAISE EXCEPTION 'a job has a kind of 1 to 40 characters of a-z, 0-9, _ and . and an id'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT lanes.name INTO lane FROM (VALUES (tenant || ':0'), (tenant || ':1')) AS lanes (name)
    ORDER BY (SELECT min(priority) FROM procrastinate_jobs WHERE lock = lanes.name AND status IN ('todo', 'doing'))
      DESC NULLS FIRST, lanes.name LIMIT 1;
  SELECT min(priority) - 1 INTO behind FROM procrastinate_jobs
    WHERE lock IN (tenant || ':0', tenant || ':1') AND status IN ('todo', 'doing');
  SELECT max(priority) INTO front FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now());
  IF front IS NULL THEN
    SELECT min(priority) INTO front FROM procrastinate_jobs WHERE status = 'doing';
  END IF;
  INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
    VALUES (kind, 'run', coalesce(least(front, behind), 0), lane, job_id::text,
            jsonb_build_object('tenant_id', tenant, 'job_id', job_id::text));
END
"""
"""A tenant's jobs queue up behind each other, one number apart, and the first of them beside the foremost of all
tenants: whoever comes with one job waits for one job of each other tenant, not for their hundreds (start-time fair
queueing). A lane runs one job at a time, so that a tenant has two running at most."""


def engine_schema() -> str:
    """The engine's own SQL, of the version that this was written for."""
    text = (files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")
    if sha256(text.encode()).hexdigest() != SCHEMA_SHA256:
        raise RuntimeError("this is not the schema of procrastinate 3.10.0, which requirements/ pins")
    return text


def close_engine_schema() -> Iterator[str]:
    """After the tables are made: pins where the functions look, and says who may what."""
    yield (
        f"CREATE INDEX cip_open_jobs ON {SCHEMA}.procrastinate_jobs (lock, priority) WHERE status IN ('todo', 'doing')"
    )
    yield f"""
        DO $do$ DECLARE found regprocedure; BEGIN
          FOR found IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace LOOP
            EXECUTE format('ALTER FUNCTION %s SET search_path = {SEARCH_PATH}', found);
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', found);
          END LOOP;
        END $do$"""
    yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO {JOBS_ROLE}"
    for kind, granted in (("TABLE", TABLES), ("SEQUENCE", SEQUENCES)):
        for name, privileges in granted.items():
            if privileges:
                yield f"GRANT {', '.join(privileges)} ON {kind} {SCHEMA}.{name} TO {JOBS_ROLE}"
    for name in sorted(CALLED):
        yield f"GRANT EXECUTE ON FUNCTION {SCHEMA}.{name} TO {JOBS_ROLE}"
    yield (
        "CREATE FUNCTION app.enqueue(kind text, job_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = {SEARCH_PATH} AS $${ENQUEUE_BODY}$$"
    )
    yield "REVOKE ALL ON FUNCTION app.enqueue(text, uuid) FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION app.enqueue(text, uuid) TO {APPLICATION_ROLE}"
