"""The page around GraphiQL, its files, and the examples that it offers. All of it comes from this server."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

import orjson
from fastapi import FastAPI
from starlette.responses import FileResponse, HTMLResponse, Response

from ui.index import HEAD, with_nonce

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
STYLES: Final = ("graphiql.min.css", "explorer.css")
SCRIPTS: Final = ("react.production.min.js", "react-dom.production.min.js", "graphiql.min.js", "explorer.js")
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Example:
    """`title` is the comment in its first line."""

    title: str
    query: str


def add_explorer(host: FastAPI) -> None:
    @host.get("/explorer")
    async def explorer() -> Response:
        return HTMLResponse(with_nonce(document()))

    @host.get("/explorer/{name}")
    async def explorer_file(name: str) -> Response:
        return FileResponse(STATIC / name) if name in (*STYLES, *SCRIPTS) else Response("Not found", NOT_FOUND)


@cache
def examples() -> tuple[Example, ...]:
    return tuple(_read())


def _read() -> Iterator[Example]:
    for path in sorted((HERE / "examples").glob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        yield Example(text.partition("\n")[0].removeprefix("#").strip(), text)


@cache
def document() -> str:
    styles = "".join(f'<link rel="stylesheet" href="/explorer/{name}">' for name in STYLES)
    scripts = "".join(f'<script src="/explorer/{name}"></script>' for name in SCRIPTS)
    options = "".join(
        f'<option value="{number}">{escape(example.title)}</option>' for number, example in enumerate(examples())
    )
    data = orjson.dumps([asdict(example) for example in examples()]).decode().replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
{HEAD}
<title>API explorer</title>
<link rel="stylesheet" href="/assets/00-tokens.css">
{styles}
</head>
<body>
<header class="explorer-bar">
<a href="/">Back to the dashboards</a>
<h1>API explorer</h1>
<label>Example <select id="example"><option value="">Choose one</option>{options}</select></label>
<a href="/schema.graphql" download>Schema</a>
<p id="cost" role="status">What an operation costs is shown here.</p>
</header>
<main id="explorer"><noscript>This page needs JavaScript.</noscript></main>
<script type="application/json" id="examples">{data}</script>
<script src="/assets/vendor/graphql-ws.min.js"></script>
{scripts}
</body>
</html>"""
