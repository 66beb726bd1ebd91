"""Database URLs as people write them, turned into what each driver wants."""

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")
PARAMETERS = ("host", "port", "sslmode")


class DatabaseUrlError(ValueError):
    """The message never holds the URL: it may carry a password."""


def _parts(url: str) -> tuple[str, str, dict[str, str]]:
    split = urlsplit(url)
    if split.scheme not in SCHEMES:
        raise DatabaseUrlError("is not a PostgreSQL URL, write postgresql://user:password@host:5432/database")
    if not split.username:
        raise DatabaseUrlError("names no user, write postgresql://user:password@host:5432/database")
    if len(split.path) < len("/x") or "/" in split.path[1:]:
        raise DatabaseUrlError("names no database, write postgresql://user:password@host:5432/database")
    try:
        _ = split.port
    except ValueError:
        raise DatabaseUrlError("has a port that is not a number from 0 to 65535") from None
    parameters = dict(parse_qsl(split.query))
    unknown = sorted(set(parameters) - set(PARAMETERS))
    if unknown:
        raise DatabaseUrlError(f"has the parameter {unknown[0]}, only {', '.join(PARAMETERS)} are understood")
    if not split.hostname and "host" not in parameters:
        raise DatabaseUrlError("names no host, write it after the @ or a socket folder as ?host=/folder")
    return split.netloc, split.path, parameters


def asyncpg_url(url: str) -> str:
    netloc, path, parameters = _parts(url)
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"postgresql://{netloc}{path}{query}"


def sqlalchemy_url(url: str) -> str:
    netloc, path, parameters = _parts(url)
    # SQLAlchemy hands parameters to asyncpg.connect as keywords, where sslmode is called ssl.
    renamed = {"ssl" if name == "sslmode" else name: value for name, value in parameters.items()}
    query = f"?{urlencode(renamed)}" if renamed else ""
    return f"postgresql+asyncpg://{netloc}{path}{query}"


def libpq_parameters(url: str) -> dict[str, str]:
    """For psycopg, from a URL as people write it or as SQLAlchemy has it."""
    split = urlsplit(url)
    renamed = [("sslmode" if name == "ssl" else name, value) for name, value in parse_qsl(split.query)]
    plain = urlunsplit(split._replace(query=urlencode(renamed)))
    _, _, parameters = _parts(plain)
    host, port = server_of(plain)
    found = {**parameters, "host": host, "port": port, "user": user_of(plain), "dbname": database_of(plain)}
    password = password_of(plain)
    return found if password is None else {**found, "password": password}


def with_database(url: str, database: str) -> str:
    netloc, _, parameters = _parts(url)
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"postgresql://{netloc}/{quote(database, safe='')}{query}"


def user_of(url: str) -> str:
    _parts(url)
    return unquote(urlsplit(url).username or "")


def password_of(url: str) -> str | None:
    _parts(url)
    password = urlsplit(url).password
    return None if password is None else unquote(password)


def database_of(url: str) -> str:
    return unquote(_parts(url)[1][1:])


def server_of(url: str) -> tuple[str, str]:
    """Host (or socket folder) and port, as text, to tell whether two URLs mean the same server."""
    _, _, parameters = _parts(url)
    split = urlsplit(url)
    return parameters.get("host", split.hostname or ""), parameters.get("port", str(split.port or 5432))
