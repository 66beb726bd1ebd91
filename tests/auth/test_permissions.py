"""The matrix of product.md, word for word."""

from api.auth.permissions import ROLE_PERMISSIONS, Role

VIEWER = {
    "customers:read",
    "events:read",
    "conversations:read",
    "analytics:view",
    "workflows:read",
    "integrations:view",
}
ANALYST = VIEWER | {"analytics:export", "customers:export", "segments:manage", "scoring:manage", "ai:use"}
ADMIN = ANALYST | {
    "customers:create",
    "customers:update",
    "customers:delete",
    "events:ingest",
    "conversations:start",
    "conversations:manage",
    "workflows:manage",
    "integrations:manage",
    "users:manage",
    "roles:manage",
    "audit:view",
    "settings:manage",
    "ai:configure",
    "api_keys:manage",
    "privacy:manage",
}


def test_each_role_grants_what_the_product_says() -> None:
    granted = {role.value: {permission.value for permission in ROLE_PERMISSIONS[role]} for role in Role}
    assert granted == {"viewer": VIEWER, "analyst": ANALYST, "admin": ADMIN}
