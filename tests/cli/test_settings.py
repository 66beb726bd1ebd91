"""A wrong configuration is refused with one clear line per fault, and no line shows a secret."""

import pytest

from api.settings import ConfigurationError, Environment, Settings, load_settings, migration_url

GOOD_KEY = "q7Vb2ZkT9xWm4RcL8nYpF3sHd6JgA1uE"
GOOD = {
    "DATABASE_URL": "postgresql://web:wQ8-tidal-harbour-91@db.example.org/cip",
    "REDIS_URL": "redis://cache.example.org:6379/0",
    "JWT_SECRET_KEY": GOOD_KEY,
}
PRODUCTION = {**GOOD, "ENVIRONMENT": "production", "PUBLIC_URL": "https://cip.example.org"}


def faults_of(env: dict[str, str], *, demo: bool = False) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(env, demo=demo)
    return refused.value.faults


def test_three_variables_are_enough_and_the_rest_has_defaults() -> None:
    settings = load_settings({**GOOD, "UNRELATED": "x", "PORT": ""})
    assert settings == Settings(
        database_url="postgresql+asyncpg://web:wQ8-tidal-harbour-91@db.example.org/cip",
        redis_url="redis://cache.example.org:6379/0",
        jwt_secret_key=settings.jwt_secret_key,
        environment=Environment.DEVELOPMENT,
        enable_monitoring=True,
        enable_rate_limiting=True,
        enable_audit_logging=True,
        port=8000,
    )
    assert settings.jwt_secret_key.get_secret_value() == GOOD_KEY
    assert settings.base_url == "http://localhost:8000"
    assert settings.demo is False


def test_postgres_url_is_the_other_name_of_database_url() -> None:
    env = {**GOOD, "POSTGRES_URL": "postgres://other@localhost/cip"}
    assert load_settings(env).database_url == "postgresql+asyncpg://web:wQ8-tidal-harbour-91@db.example.org/cip"
    del env["DATABASE_URL"]
    assert load_settings(env).database_url == "postgresql+asyncpg://other@localhost/cip"


def test_public_url_is_the_base_of_links() -> None:
    assert load_settings({**GOOD, "PUBLIC_URL": "https://cip.example.org/"}).base_url == "https://cip.example.org"


def test_figures_that_add_up_all_tenants_are_hidden_in_production_unless_it_is_said() -> None:
    assert load_settings(GOOD).shows_installation is True
    assert load_settings({**GOOD, "SHOW_INSTALLATION": "false"}).shows_installation is False
    assert load_settings(PRODUCTION).shows_installation is False
    assert load_settings({**PRODUCTION, "SHOW_INSTALLATION": "true"}).shows_installation is True
    assert faults_of({**GOOD, "SHOW_INSTALLATION": "perhaps"}) == ("SHOW_INSTALLATION: must be true or false",)


def test_production_refuses_a_weak_token_for_its_metrics() -> None:
    token = load_settings({**PRODUCTION, "METRICS_TOKEN": "kX3vR7pQ9sT2wY5z"}).metrics_token
    assert token is not None
    assert token.get_secret_value() == "kX3vR7pQ9sT2wY5z"
    for weak in ("brief", "aaaaaaaaaaaaaaaa", "change-me-metrics-token"):
        [fault] = faults_of({**PRODUCTION, "METRICS_TOKEN": weak})
        assert fault.startswith("METRICS_TOKEN: ")
        assert weak not in fault


def test_a_good_production_configuration_is_accepted() -> None:
    assert load_settings(PRODUCTION).production is True


def test_every_fault_is_listed_at_once() -> None:
    faults = faults_of({"PORT": "http", "ENVIRONMENT": "staging", "REDIS_URL": "localhost"})
    assert [fault.split(":")[0] for fault in faults] == [
        "DATABASE_URL",
        "JWT_SECRET_KEY",
        "ENVIRONMENT",
        "PORT",
        "REDIS_URL",
    ]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("DATABASE_URL", "", "DATABASE_URL: missing, set it to postgresql://user:password@host:5432/database"),
        ("DATABASE_URL", "mysql://a@b/c", "DATABASE_URL: is not a PostgreSQL URL"),
        ("DATABASE_URL", "postgresql://web@db", "DATABASE_URL: names no database"),
        ("DATABASE_URL", "postgresql://db/cip", "DATABASE_URL: names no user"),
        ("DATABASE_URL", "postgresql://web@/cip", "DATABASE_URL: names no host"),
        ("DATABASE_URL", "postgresql://web@db:port/cip", "DATABASE_URL: has a port that is not a number"),
        ("DATABASE_URL", "postgresql://web@db/cip?options=x", "DATABASE_URL: has the parameter options"),
        ("DATABASE_URL", "postgresql://[web@db/cip", "DATABASE_URL: is not a URL"),
        ("REDIS_URL", "", "REDIS_URL: missing"),
        ("REDIS_URL", "http://cache", "REDIS_URL: is not a Redis URL"),
        ("JWT_SECRET_KEY", "", "JWT_SECRET_KEY: missing"),
        ("ENVIRONMENT", "prod", "ENVIRONMENT: must be development, test or production"),
        ("PORT", "0", "PORT: must be a number from 1 to 65535"),
        ("PORT", "65536", "PORT: must be a number from 1 to 65535"),
        ("ENABLE_MONITORING", "perhaps", "ENABLE_MONITORING: must be true or false"),
        ("PUBLIC_URL", "cip.example.org", "PUBLIC_URL: must be an address"),
        ("PUBLIC_URL", "https://example.org/cip", "PUBLIC_URL: must be an address"),
    ],
)
def test_a_wrong_value_is_one_line(name: str, value: str, fault: str) -> None:
    (line,) = faults_of({**GOOD, name: value})
    assert line.startswith(fault)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("JWT_SECRET_KEY", GOOD_KEY[:31], "JWT_SECRET_KEY: too short or a default"),
        ("JWT_SECRET_KEY", "abcabcabc" * 8, "JWT_SECRET_KEY: too short or a default"),
        ("JWT_SECRET_KEY", "your-256-bit-key-here-0123456789abcdef", "JWT_SECRET_KEY: too short or a default"),
        ("JWT_SECRET_KEY", "Change-Me-Before-Going-Live-0123456789", "JWT_SECRET_KEY: too short or a default"),
        ("ENABLE_AUDIT_LOGGING", "false", "ENABLE_AUDIT_LOGGING: must be true in production"),
        ("ENABLE_RATE_LIMITING", "false", "ENABLE_RATE_LIMITING: must be true in production"),
        ("DATABASE_URL", "postgresql://web:postgres@db/cip", "DATABASE_URL: the password is too short"),
        ("REDIS_URL", "redis://:redis@cache/0", "REDIS_URL: the password is too short"),
        ("DATABASE_URL", "postgresql://web:changeme-changeme@db/cip", "DATABASE_URL: the password is a default"),
        ("PUBLIC_URL", "http://cip.example.org", "PUBLIC_URL: must be the https:// address"),
        ("PUBLIC_URL", "", "PUBLIC_URL: must be the https:// address"),
        ("DATABASE_URL", "postgresql://web@/cip?host=/x/cip-embedded", "ENVIRONMENT: production runs on no embedded"),
        ("REDIS_URL", "unix:///x/cip-embedded/valkey.sock", "ENVIRONMENT: production runs on no embedded services"),
    ],
)
def test_what_development_allows_and_production_refuses(name: str, value: str, fault: str) -> None:
    load_settings({**GOOD, name: value})
    (line,) = faults_of({**PRODUCTION, name: value})
    assert line.startswith(fault)


def test_production_runs_no_demo() -> None:
    assert load_settings(GOOD, demo=True).demo is True
    assert faults_of(PRODUCTION, demo=True) == (
        "ENVIRONMENT: production runs no demo, its users and passwords are public",
    )


def test_the_environment_cannot_switch_the_demo_on() -> None:
    assert load_settings({**GOOD, "DEMO": "true", "demo": "true"}).demo is False


def test_no_fault_and_no_printed_setting_shows_a_secret() -> None:
    canary = "canary-7391"
    env = {
        "DATABASE_URL": f"postgresql://web:{canary}@db:99999/cip",
        "REDIS_URL": f"http://:{canary}@cache",
        "JWT_SECRET_KEY": canary,
        "ANTHROPIC_API_KEY": canary,
        "ENVIRONMENT": "production",
    }
    assert canary not in "\n".join(faults_of(env))
    settings = load_settings({**GOOD, "JWT_SECRET_KEY": canary, "REDIS_URL": f"redis://:{canary}@cache"})
    assert canary not in repr(settings)
    assert "wQ8-tidal-harbour-91" not in repr(settings)


def test_the_migration_url_is_read_only_when_asked_for() -> None:
    assert "migration" not in " ".join(Settings.model_fields)
    with pytest.raises(ConfigurationError, match=r"^DATABASE_MIGRATION_URL: missing"):
        migration_url(GOOD)
    assert migration_url({"DATABASE_MIGRATION_URL": "postgres://m@db/cip"}) == "postgresql://m@db/cip"
