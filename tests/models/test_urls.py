import pytest

from models.urls import (
    DatabaseUrlError,
    asyncpg_url,
    database_of,
    libpq_parameters,
    password_of,
    server_of,
    sqlalchemy_url,
    user_of,
    with_database,
)

SOCKET = "postgresql://w%40b:p%2Fw@/c%20p?host=%2Frun%2Fpg&port=5433"


@pytest.mark.parametrize(
    ("url", "plain", "dialect"),
    [
        ("postgres://w@db/cip", "postgresql://w@db/cip", "postgresql+asyncpg://w@db/cip"),
        ("postgresql+asyncpg://w@db/cip", "postgresql://w@db/cip", "postgresql+asyncpg://w@db/cip"),
        (
            "postgresql://w:p%2Fw@db:1/cip?sslmode=verify-full",
            "postgresql://w:p%2Fw@db:1/cip?sslmode=verify-full",
            "postgresql+asyncpg://w:p%2Fw@db:1/cip?ssl=verify-full",
        ),
        (SOCKET, SOCKET, SOCKET.replace("postgresql", "postgresql+asyncpg")),
    ],
)
def test_each_driver_gets_its_own_spelling(url: str, plain: str, dialect: str) -> None:
    assert asyncpg_url(url) == plain
    assert sqlalchemy_url(url) == dialect
    assert sqlalchemy_url(dialect.replace("?ssl=", "?sslmode=")) == dialect


def test_the_parts_are_decoded() -> None:
    assert (user_of(SOCKET), password_of(SOCKET), database_of(SOCKET)) == ("w@b", "p/w", "c p")
    assert server_of(SOCKET) == ("/run/pg", "5433")
    assert server_of("postgresql://w@db/cip") == ("db", "5432")
    assert password_of("postgresql://w@db/cip") is None


def test_psycopg_gets_the_parts_from_either_spelling() -> None:
    parts = {"host": "/run/pg", "port": "5433", "user": "w@b", "password": "p/w", "dbname": "c p"}
    assert libpq_parameters(SOCKET) == libpq_parameters(sqlalchemy_url(SOCKET)) == parts
    tls = {"host": "db", "port": "5432", "user": "w", "dbname": "cip", "sslmode": "require"}
    assert libpq_parameters("postgresql+asyncpg://w@db/cip?ssl=require") == tls


def test_another_database_of_the_same_server() -> None:
    assert with_database(SOCKET, "a/b") == "postgresql://w%40b:p%2Fw@/a%2Fb?host=%2Frun%2Fpg&port=5433"


@pytest.mark.parametrize(
    "url", ["", "db", "mysql://w:hush@db/cip", "postgresql://w:hush@db", "postgresql://w:hush@/cip"]
)
def test_what_is_no_database_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        asyncpg_url(url)
    assert "hush" not in str(refused.value)
