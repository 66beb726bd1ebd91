"""Which errors are a person's to mend, and how they read."""


class CommandError(Exception):
    """The message is one line for a person."""


def lines_for(error: Exception) -> tuple[str, ...]:
    """One line per fault; empty for an error of the program itself, which keeps its traceback."""
    from api.embedded.errors import EmbeddedServiceError
    from api.errors import CipError
    from api.settings import ConfigurationError
    from models.bootstrap import BootstrapError
    from models.roles import MissingRoleError, UnsafeDatabaseRoleError
    from models.urls import DatabaseUrlError

    if isinstance(error, ConfigurationError):
        return error.faults
    if isinstance(error, CipError):
        return (f"{error.message} {error.hint or ''}".rstrip(),)
    if isinstance(error, DatabaseUrlError):
        return (f"the database URL {error}",)
    if isinstance(
        error, CommandError | EmbeddedServiceError | BootstrapError | MissingRoleError | UnsafeDatabaseRoleError
    ):
        return (str(error),)
    return ()
