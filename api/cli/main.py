"""The command line. Commands import what they need when they run, so that `cip --help` answers at once."""

import sys

import typer

from api.cli import audit, bootstrap, demo, doctor, import_, migrate, schema, seed, serve, tenant, worker
from api.cli.faults import lines_for

app = typer.Typer(
    name="cip",
    help="Customer Intelligence Platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("bootstrap")(bootstrap.bootstrap)
app.command("migrate")(migrate.migrate)
app.command("seed")(seed.seed)
app.command("import")(import_.import_)
app.command("schema")(schema.schema)
app.command("doctor")(doctor.doctor)
app.add_typer(tenant.app, name="tenant")
app.add_typer(audit.app, name="audit")


def main() -> None:
    try:
        app()
    except Exception as error:
        lines = lines_for(error)
        if not lines:
            raise
        for line in lines:
            print(f"cip: {line}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
