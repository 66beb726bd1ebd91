"""A program for the tests: starts the services in the folder given, says so, and waits to be killed."""

import ctypes
import os
import sys
import time
from pathlib import Path


def main() -> None:
    folder, user = sys.argv[1:]
    if user == "normal" and os.geteuid() == 0:
        # A user namespace makes root a normal user for the launcher, who keeps access to the interpreter's files.
        from api.embedded.child import enter_user_namespace

        enter_user_namespace(ctypes.CDLL(None, use_errno=True))
    from api.embedded.services import EmbeddedServices

    services = EmbeddedServices(Path(folder), postgres_options={"fsync": "off"})
    services.start()
    sys.stdout.write(f"{os.geteuid()} {services.postgres.pid} {services.valkey.pid}\n")
    sys.stdout.flush()
    time.sleep(120)


if __name__ == "__main__":
    main()
