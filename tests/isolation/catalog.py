"""Holds the catalog of a migrated database against the lists in models.tenancy."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import asyncpg

from models import job_engine
from models.roles import JOBS_DOOR, JOBS_ROLE, OWNER
from models.tenancy import APPLICATION_ROLE, GLOBAL_TABLES, TENANT_FUNCTION, TENANT_TABLES

BOUND: Final = "(tenant_id = ( SELECT app.tenant_id() AS tenant_id))"
POLICIES: Final = {
    "tenant_bound": ("RESTRICTIVE", ["public"], "ALL", BOUND, BOUND),
    "application": ("PERMISSIVE", [APPLICATION_ROLE], "ALL", "true", "true"),
}
SCHEMA_GRANTS: Final = {
    *((schema, APPLICATION_ROLE, "USAGE") for schema in ("public", "app")),
    (job_engine.SCHEMA, JOBS_ROLE, "USAGE"),
}
EXECUTE_GRANTS: Final = {
    ("app.tenant_id", "PUBLIC"),
    ("app.enqueue", APPLICATION_ROLE),
    *((f"{job_engine.SCHEMA}.{name}", JOBS_ROLE) for name in job_engine.CALLED),
}
ENGINE: Final = {f"{job_engine.SCHEMA}.{name}" for name in (*job_engine.TABLES, *job_engine.SEQUENCES)}
DEFINER: Final = {"app.enqueue"}
BODIES: Final = {"app.tenant_id": TENANT_FUNCTION, "app.enqueue": job_engine.ENQUEUE_BODY}
OURS: Final = "nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'"
GRANTEE: Final = "CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END"
NEVER: Final = {"m": "materialized view", "f": "foreign table", "S": "sequence"}


async def faults(connection: Any) -> list[str]:
    """One line for each thing that could let a tenant see another one's rows; empty when there is none."""
    found: list[str] = []
    for check in (
        _relations,
        _policies,
        _grants,
        _schemas,
        _functions,
        _execution,
        _roles,
        _keys,
        _foreign_keys,
        _rules,
    ):
        found += await check(connection)
    return found


async def faults_of(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return await faults(connection)
    finally:
        await connection.close()


async def _relations(connection: Any) -> list[str]:
    found = []
    rows = await connection.fetch(
        f"""SELECT nspname, relname, relkind::text AS kind, relrowsecurity, relforcerowsecurity,
                   pg_get_userbyid(relowner) AS owner, coalesce(reloptions, '{{}}') AS options
            FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace
            WHERE {OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"""
    )
    for row in rows:
        name, kind = row["relname"], row["kind"]
        if f"{row['nspname']}.{name}" in ENGINE:
            pass
        elif kind in NEVER:
            found.append(f"{name}: there is to be no {NEVER[kind]}")
        elif kind == "v":
            if "security_invoker=true" not in row["options"]:
                found.append(f"{name}: a view that is not security_invoker")
        elif row["nspname"] != "public" or name not in {*TENANT_TABLES, *GLOBAL_TABLES}:
            found.append(f"{row['nspname']}.{name}: a table on no list")
        if row["owner"] != OWNER:
            found.append(f"{name}: owned by {row['owner']}")
        if name in TENANT_TABLES and not row["relrowsecurity"]:
            found.append(f"{name}: row-level security is off")
        if name in TENANT_TABLES and not row["relforcerowsecurity"]:
            found.append(f"{name}: row-level security is not forced")
    missing = {*TENANT_TABLES, *GLOBAL_TABLES} - {row["relname"] for row in rows}
    return found + [f"{name}: on the list, and there is no such table" for name in sorted(missing)]


async def _policies(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT tablename, policyname, permissive, roles::text[] AS roles, cmd, qual, with_check FROM pg_policies"
    )
    actual = {
        (row["tablename"], row["policyname"]): (
            row["permissive"], row["roles"], row["cmd"], row["qual"], row["with_check"]
        )
        for row in rows
    }  # fmt: skip
    expected = {(table, name): policy for table in TENANT_TABLES for name, policy in POLICIES.items()}
    return _differences("policy", expected, actual)


async def _grants(connection: Any) -> list[str]:
    rows = await connection.fetch(
        f"""SELECT relname, '' AS attname, {GRANTEE} AS grantee, privilege_type, is_grantable
            FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace,
                 aclexplode(coalesce(relacl, acldefault('r', relowner)))
            WHERE {OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND grantee <> relowner
            UNION ALL
            SELECT relname, attname, {GRANTEE}, privilege_type, is_grantable
            FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace
                 JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl)
            WHERE {OURS} AND grantee <> relowner"""
    )
    actual = {tuple(row) for row in rows}
    expected: set[tuple[object, ...]] = {
        (table, "", APPLICATION_ROLE, privilege, False)
        for table, privileges in TENANT_TABLES.items()
        for privilege in privileges
    }
    for table, listed in GLOBAL_TABLES.items():
        for privilege, columns in listed.grants.items():
            expected |= {(table, column, APPLICATION_ROLE, privilege, False) for column in columns or ("",)}
    for name, privileges in {**job_engine.TABLES, **job_engine.SEQUENCES}.items():
        expected |= {(name, "", JOBS_ROLE, privilege, False) for privilege in privileges}
    return _surplus("grant", expected, actual)


async def _schemas(connection: Any) -> list[str]:
    rows = await connection.fetch(
        f"""SELECT nspname, {GRANTEE} AS grantee, privilege_type
            FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
            WHERE {OURS} AND grantee <> nspowner"""
    )
    found = _surplus("schema grant", SCHEMA_GRANTS, {tuple(row) for row in rows})
    standing = await connection.fetchval("SELECT count(*) FROM pg_default_acl")
    return [*found, f"{standing} default privileges are set"] if standing else found


async def _functions(connection: Any) -> list[str]:
    found = []
    rows = await connection.fetch(
        f"""SELECT nspname || '.' || proname AS name, nspname, provolatile::text AS volatility, prosecdef, prosrc,
                   coalesce(proconfig, '{{}}') AS settings, pg_get_userbyid(proowner) AS owner
            FROM pg_proc JOIN pg_namespace AS space ON space.oid = pronamespace WHERE {OURS}"""
    )
    for row in rows:
        name = row["name"]
        if row["nspname"] != job_engine.SCHEMA and name not in BODIES:
            found.append(f"{name}: a function on no list")
            continue
        if row["owner"] != OWNER:
            found.append(f"{name}: owned by {row['owner']}")
        if row["prosecdef"] != (name in DEFINER):
            found.append(f"{name}: {'is' if row['prosecdef'] else 'is not'} SECURITY DEFINER")
        if name != "app.tenant_id" and list(row["settings"]) != [f"search_path={job_engine.SEARCH_PATH}"]:
            found.append(f"{name}: does not look in its own schema alone")
        if name in BODIES and row["prosrc"].strip() not in BODIES[name]:
            found.append(f"{name}: its body is not the one in models")
        if name == "app.tenant_id" and row["volatility"] != "s":
            found.append("app.tenant_id: is not STABLE")
    missing = set(BODIES) - {row["name"] for row in rows}
    return found + [f"{name}: there is no such function" for name in sorted(missing)]


async def _execution(connection: Any) -> list[str]:
    rows = await connection.fetch(
        f"""SELECT nspname || '.' || proname, {GRANTEE} AS grantee
            FROM pg_proc JOIN pg_namespace AS space ON space.oid = pronamespace,
                 aclexplode(coalesce(proacl, acldefault('f', proowner)))
            WHERE {OURS} AND grantee <> proowner"""
    )
    return _surplus("execution", EXECUTE_GRANTS, {tuple(row) for row in rows})


async def _roles(connection: Any) -> list[str]:
    """The engine's role is reached by its door alone, which passes nothing on."""
    rows = await connection.fetch(
        """SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member
           FROM pg_auth_members WHERE pg_get_userbyid(roleid) = $1 OR pg_get_userbyid(member) IN ($1, $2)""",
        JOBS_ROLE,
        JOBS_DOOR,
    )
    found = _surplus("membership", {(JOBS_ROLE, JOBS_DOOR)}, {tuple(row) for row in rows})
    inheriting = await connection.fetchval(
        """SELECT count(*) FROM pg_roles AS role
           WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(role.oid, $1::name, 'USAGE')""",
        JOBS_ROLE,
    )
    return [*found, f"{inheriting} logins inherit {JOBS_ROLE}"] if inheriting else found


async def _keys(connection: Any) -> list[str]:
    rows = await connection.fetch(
        """SELECT relname, indexrelid::regclass::text AS key, indisprimary, attname
           FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
                LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
           WHERE indisunique AND relname = ANY($1)""",
        list(TENANT_TABLES),
    )
    found = [f"{row['key']}: is not led by tenant_id" for row in rows if row["attname"] != "tenant_id"]
    without = set(TENANT_TABLES) - {row["relname"] for row in rows if row["indisprimary"]}
    return found + [f"{name}: has no primary key" for name in sorted(without)]


async def _foreign_keys(connection: Any) -> list[str]:
    rows = await connection.fetch(
        """SELECT conname, confrelid::regclass::text AS target,
                  (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS near,
                  (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]) AS far
           FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY($1)""",
        list(TENANT_TABLES),
    )
    return [
        f"{row['conname']}: is not led by tenant_id"
        for row in rows
        if (row["near"], row["far"]) != ("tenant_id", "id" if row["target"] == "tenant" else "tenant_id")
    ]


async def _rules(connection: Any) -> list[str]:
    rows = await connection.fetch(
        f"""SELECT relname, rulename FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
                JOIN pg_namespace AS space ON space.oid = relnamespace WHERE {OURS} AND rulename <> '_RETURN'"""
    )
    return [f"{row['relname']}: has the rule {row['rulename']}" for row in rows]


def _differences(what: str, expected: Mapping[Any, object], actual: Mapping[Any, object]) -> list[str]:
    keys = sorted({*expected, *actual})
    return [
        f"{what} {key}: is {actual.get(key)}, not {expected.get(key)}"
        for key in keys
        if actual.get(key) != expected.get(key)
    ]


def _surplus(what: str, expected: Iterable[Any], actual: Iterable[Any]) -> list[str]:
    more, fewer = set(actual) - set(expected), set(expected) - set(actual)
    return [f"{what} {key}: is on no list" for key in sorted(more)] + [
        f"{what} {key}: is missing" for key in sorted(fewer)
    ]
