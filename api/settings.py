"""What the environment says, checked once at start."""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from api.outgoing import Outgoing
from models.urls import DatabaseUrlError, asyncpg_url, password_of, server_of, sqlalchemy_url

# The name of the folder that holds the embedded services' sockets; production refuses a URL that leads there.
EMBEDDED_SOCKET_FOLDER = "cip-embedded"
SHORTEST_KEY = 32
SHORTEST_PASSWORD = 12
FEWEST_DIFFERENT_CHARACTERS = 10
SIGNS_OF_A_DEFAULT = ("change", "default", "example", "insecure", "password", "placeholder", "secret", "your-", "your_")


class ConfigurationError(Exception):
    """Everything that is wrong, a line each: the name, what is wrong, what to do. Never a secret."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: str = Field(repr=False)
    redis_url: str = Field(repr=False)
    jwt_secret_key: SecretStr
    jwt_secret_key_accepted: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    environment: Environment = Environment.DEVELOPMENT
    enable_monitoring: bool = True
    enable_rate_limiting: bool = True
    enable_audit_logging: bool = True
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str | None = None
    metrics_token: SecretStr | None = None
    show_installation: bool | None = None
    max_import_mb: int = Field(default=2_048, ge=1, le=1_000_000)
    webhook_private_addresses: bool = False
    demo: bool = False

    @property
    def keys(self) -> tuple[str, str | None]:
        """The secret that everything is made with, and another that is accepted while it is changed."""
        accepted = self.jwt_secret_key_accepted
        return self.jwt_secret_key.get_secret_value(), None if accepted is None else accepted.get_secret_value()

    @property
    def base_url(self) -> str:
        """Where people reach this installation, without a slash at the end."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def shows_installation(self) -> bool:
        """Whether admins of a tenant may see figures that add up all tenants: in production only when it is said."""
        return not self.production if self.show_installation is None else self.show_installation

    @property
    def outgoing(self) -> Outgoing:
        """What webhooks may call: in development plain http too, private addresses only where that is said."""
        plain = self.environment is Environment.DEVELOPMENT
        return Outgoing(allows_private=self.webhook_private_addresses, allows_plain=plain)

    @property
    def production(self) -> bool:
        return self.environment is Environment.PRODUCTION


ADVICE = {
    "database_url": "missing, set it to postgresql://user:password@host:5432/database (POSTGRES_URL is accepted too)",
    "redis_url": "missing, set it to redis://host:6379/0",
    "jwt_secret_key": f"missing, set it to at least {SHORTEST_KEY} random characters: `openssl rand -base64 48`",
    "environment": "must be development, test or production",
    "enable_monitoring": "must be true or false",
    "enable_rate_limiting": "must be true or false",
    "enable_audit_logging": "must be true or false",
    "show_installation": "must be true or false",
    "webhook_private_addresses": "must be true or false",
    "port": "must be a number from 1 to 65535",
    "max_import_mb": "must be a number of megabytes from 1 to 1000000",
}


def load_settings(env: Mapping[str, str], *, demo: bool = False) -> Settings:
    """Raises ConfigurationError with every fault found."""
    given = {name: env[name.upper()] for name in Settings.model_fields if name != "demo" and env.get(name.upper())}
    if "database_url" not in given and env.get("POSTGRES_URL"):
        given["database_url"] = env["POSTGRES_URL"]
    faults = _url_faults(given)
    try:
        settings = Settings.model_validate({**given, "demo": demo})
    except ValidationError as error:
        names = [str(fault["loc"][0]) for fault in error.errors(include_url=False, include_input=False)]
        raise ConfigurationError([f"{name.upper()}: {ADVICE[name]}" for name in names] + faults) from None
    if not faults and settings.production:
        faults = _production_faults(settings)
    if faults:
        raise ConfigurationError(faults)
    return settings.model_copy(update={"database_url": sqlalchemy_url(settings.database_url)})


def application_url(env: Mapping[str, str]) -> str:
    """For `cip bootstrap`, which needs no other setting."""
    name = "DATABASE_URL" if env.get("DATABASE_URL") else "POSTGRES_URL"
    return _required_database_url(name, env.get(name), f"DATABASE_URL: {ADVICE['database_url']}")


def migration_url(env: Mapping[str, str]) -> str:
    """For `cip migrate` and `cip bootstrap` alone: the server never sees this login."""
    name = "DATABASE_MIGRATION_URL"
    return _required_database_url(name, env.get(name), f"{name}: missing, set it to the login that changes the schema")


def _required_database_url(name: str, url: str | None, missing: str) -> str:
    faults = _database_url_faults(name, url) if url else [missing]
    if url is None or faults:
        raise ConfigurationError(faults)
    return asyncpg_url(url)


def _database_url_faults(name: str, url: str) -> list[str]:
    try:
        asyncpg_url(url)
    except DatabaseUrlError as error:
        return [f"{name}: {error}"]
    except ValueError:
        return [f"{name}: is not a URL"]
    return []


def _url_faults(given: Mapping[str, str]) -> list[str]:
    faults = []
    if url := given.get("database_url"):
        faults += _database_url_faults("DATABASE_URL", url)
    if (url := given.get("redis_url")) and not url.startswith(("redis://", "rediss://", "unix://")):
        faults.append("REDIS_URL: is not a Redis URL, write redis://, rediss:// or unix://")
    if (url := given.get("public_url")) and not _is_origin(url):
        faults.append("PUBLIC_URL: must be an address such as https://cip.example.org, without a path")
    return faults


def _is_origin(url: str) -> bool:
    try:
        split = urlsplit(url)
    except ValueError:
        return False
    return split.scheme in ("http", "https") and bool(split.hostname) and split.path in ("", "/") and not split.query


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    if settings.demo:
        return ["ENVIRONMENT: production runs no demo, its users and passwords are public"]
    if _is_embedded(server_of(settings.database_url)[0]) or _is_embedded(settings.redis_url):
        faults.append("ENVIRONMENT: production runs on no embedded services, set DATABASE_URL and REDIS_URL to servers")
    if _is_weak(settings.jwt_secret_key.get_secret_value(), SHORTEST_KEY):
        faults.append(
            f"JWT_SECRET_KEY: too short or a default, production needs {SHORTEST_KEY} random characters or more, "
            "for example `openssl rand -base64 48`"
        )
    accepted = settings.jwt_secret_key_accepted
    if accepted is not None and _is_weak(accepted.get_secret_value(), SHORTEST_KEY):
        faults.append(
            f"JWT_SECRET_KEY_ACCEPTED: too short or a default, production needs {SHORTEST_KEY} random characters"
        )
    redis_password = urlsplit(settings.redis_url).password
    for name, password in (("DATABASE_URL", password_of(settings.database_url)), ("REDIS_URL", redis_password)):
        if password and len(unquote(password)) < SHORTEST_PASSWORD:
            faults.append(f"{name}: the password is too short, production needs {SHORTEST_PASSWORD} characters or more")
        elif password and _has_sign_of_a_default(unquote(password)):
            faults.append(f"{name}: the password is a default, production needs a random one")
    token = settings.metrics_token
    if token is not None and _is_weak(token.get_secret_value(), SHORTEST_PASSWORD):
        faults.append(f"METRICS_TOKEN: too short or a default, production needs {SHORTEST_PASSWORD} random characters")
    if not _is_safe_address(settings.public_url):
        faults.append("PUBLIC_URL: must be the https:// address people use, http only for localhost")
    if settings.webhook_private_addresses:
        faults.append("WEBHOOK_PRIVATE_ADDRESSES: must be false in production, a tenant could call what is inside")
    if not settings.enable_audit_logging:
        faults.append("ENABLE_AUDIT_LOGGING: must be true in production")
    if not settings.enable_rate_limiting:
        faults.append("ENABLE_RATE_LIMITING: must be true in production")
    return faults


def _is_embedded(place: str) -> bool:
    return EMBEDDED_SOCKET_FOLDER in place.split("/")


def _is_weak(secret: str, shortest: int) -> bool:
    return len(secret) < shortest or len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS or _has_sign_of_a_default(secret)


def _has_sign_of_a_default(secret: str) -> bool:
    return any(sign in secret.lower() for sign in SIGNS_OF_A_DEFAULT)


def _is_safe_address(url: str | None) -> bool:
    """The cookie is Secure over https only, and set-up links carry this address."""
    split = urlsplit(url or "")
    return split.scheme == "https" or split.hostname in ("localhost", "127.0.0.1")
