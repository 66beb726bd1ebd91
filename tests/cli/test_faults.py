import pytest

from api.cli.faults import CommandError, lines_for
from api.embedded.errors import EmbeddedServiceError
from api.errors import ConflictError, UnavailableError
from api.settings import ConfigurationError
from models.bootstrap import BootstrapError
from models.roles import UnsafeDatabaseRoleError
from models.urls import DatabaseUrlError


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (ConfigurationError(["PORT: wrong", "REDIS_URL: missing"]), ("PORT: wrong", "REDIS_URL: missing")),
        (CommandError("no"), ("no",)),
        (EmbeddedServiceError("in use"), ("in use",)),
        (BootstrapError("exists"), ("exists",)),
        (UnsafeDatabaseRoleError("superuser"), ("superuser",)),
        (DatabaseUrlError("names no user"), ("the database URL names no user",)),
        (ConflictError("There is one already."), ("There is one already.",)),
        (UnavailableError(), ("The database did not answer. Try again in a few seconds.",)),
        (ValueError("a defect of ours"), ()),
    ],
)
def test_a_persons_faults_are_lines_and_ours_keep_their_traceback(error: Exception, lines: tuple[str, ...]) -> None:
    assert lines_for(error) == lines
