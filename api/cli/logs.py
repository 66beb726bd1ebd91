import logging


def configure_logging() -> None:
    """Our own from INFO, libraries from WARNING."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for package in ("api", "ui", "models"):
        logging.getLogger(package).setLevel(logging.INFO)
