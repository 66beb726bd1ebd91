"""Which tables belong to tenants, and the row-level security that keeps them apart.

This one list makes the policies (in migrations) and is what the catalog test holds the database against.
"""

from collections.abc import Iterator
from dataclasses import dataclass

APPLICATION_ROLE = "cip_application"
"""The group that the server's login role belongs to; it owns nothing."""

ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
APPEND_ONLY = ("SELECT", "INSERT")

TENANT_TABLES: dict[str, tuple[str, ...]] = {
    "tenant_profile": ("SELECT", "INSERT", "UPDATE"),
    "replay": ("SELECT", "INSERT", "UPDATE"),
    "user_account": ALL,
    "user_session": ALL,
    "setup_link": ALL,
    "refresh_token": ALL,
    "user_identity": ("SELECT", "INSERT", "DELETE"),
    "identity_provider": ALL,
    "api_key": ALL,
    "idempotent_write": ALL,
    "customer": ALL,
    "sales_order": ALL,
    "order_line": ALL,
    "event": ALL,
    "conversation": ALL,
    "message": ALL,
    "metric_bucket": ALL,
    "metric_revision": ALL,
    "outbox_message": ALL,
    "processed_message": ALL,
    "dead_letter": ALL,
    "job": ALL,
    "conversation_response": ALL,
    "customer_session": ALL,
    "stale_customer": ALL,
    "engagement_weight": ALL,
    "journey_stage": ALL,
    "journey_rule": ALL,
    "journey_spell": ALL,
    "action_catalogue": ("SELECT", "INSERT", "UPDATE"),
    "action_decision": ALL,
    "source_key": ALL,
    "event_schema": ALL,
    "ingest_policy": ("SELECT", "INSERT", "UPDATE"),
    "model_training": ALL,
    "model_version": APPEND_ONLY,
    "model_state": ALL,
    "model_drift": ALL,
    "prediction": ALL,
    "import_run": ALL,
    "import_chunk": ALL,
    "import_row": ALL,
    "import_unit": ALL,
    "import_error": ALL,
    "import_change": ALL,
    "segmentation": ALL,
    "segment": ALL,
    "segment_member": ALL,
    "segment_snapshot": ALL,
    "saved_view": ALL,
    "webhook_endpoint": ALL,
    "webhook_delivery": ALL,
    "bulk_operation": ALL,
    "bulk_part": ALL,
    "bulk_upload": ALL,
    "tenant_limit": ("SELECT", "INSERT", "UPDATE"),
    "privacy_request": ALL,
    "erasure_salt": APPEND_ONLY,
    "erased": APPEND_ONLY,
    "subject_key": ("SELECT", "INSERT", "DELETE"),
    "customer_consent": ALL,
    "audit_entry": APPEND_ONLY,
    "audit_seal": APPEND_ONLY,
    "audit_unsealed": ("SELECT", "INSERT", "DELETE"),
}
"""Each tenant table with what the application may do to its rows."""


@dataclass(frozen=True, slots=True)
class GlobalTable:
    """A table without a tenant: why it has none, and exactly what the application may do, column by column. Rows have
    no columns to be deleted by: DELETE names none."""

    reason: str
    grants: dict[str, tuple[str, ...]]


GLOBAL_TABLES: dict[str, GlobalTable] = {
    "tenant": GlobalTable(
        reason="The directory: a slug must be turned into an id before a tenant can be bound.",
        grants={"SELECT": ("id", "slug"), "INSERT": ("id", "slug")},
    ),
    "alembic_version": GlobalTable(
        reason="Alembic's own: /health/ready compares it with the code's head.",
        grants={"SELECT": ("version_num",)},
    ),
    "process_heartbeat": GlobalTable(
        reason="A process serves all tenants; what it writes of itself names none of them.",
        grants={
            "SELECT": ("id", "role", "host", "pid", "started_at", "seen_at", "figures"),
            "INSERT": ("id", "role", "host", "pid", "started_at", "seen_at", "figures"),
            "UPDATE": ("seen_at", "figures"),
            "DELETE": (),
        },
    ),
}

TENANT_FUNCTION = """
CREATE FUNCTION app.tenant_id() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE bound text := nullif(current_setting('app.tenant_id', true), '');
BEGIN
  IF bound IS NULL THEN
    RAISE EXCEPTION 'no tenant is bound to this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN bound::uuid;
END $$
"""


def secure_tenant_table(name: str, privileges: tuple[str, ...] | None = None) -> Iterator[str]:
    """The statements that close one tenant table. The restrictive policy holds for everybody, the owner included;
    a careless extra permissive policy cannot widen past it."""
    bound = "tenant_id = (select app.tenant_id())"
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY tenant_bound ON {name} AS RESTRICTIVE FOR ALL TO PUBLIC USING ({bound}) WITH CHECK ({bound})"
    yield (
        f"CREATE POLICY application ON {name} AS PERMISSIVE FOR ALL TO {APPLICATION_ROLE} "
        "USING (true) WITH CHECK (true)"
    )
    yield f"GRANT {', '.join(privileges or TENANT_TABLES[name])} ON {name} TO {APPLICATION_ROLE}"


def secure_global_table(name: str) -> Iterator[str]:
    for privilege, columns in GLOBAL_TABLES[name].grants.items():
        named = f" ({', '.join(columns)})" if columns else ""
        yield f"GRANT {privilege}{named} ON {name} TO {APPLICATION_ROLE}"
