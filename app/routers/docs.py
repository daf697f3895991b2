"""The documentation pages and the document they draw, served by the application itself.

Nothing is fetched from another host, so the pages work with no internet; each carries a content security
policy as narrow as its renderer allows. Addresses in the pages are relative, so they hold behind a prefix.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.core.openapi import as_bytes

STATIC: Final = Path(__file__).resolve().parent.parent / "static"

_COMMON: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

SWAGGER_CSP: Final = f"{_COMMON}; style-src 'self'; img-src 'self' data:"
"""Swagger UI draws its icons from `data:` addresses inside its own style sheet."""

REDOC_CSP: Final = (
    f"{_COMMON}; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; img-src 'self' data:; worker-src blob:"
)
"""Redoc puts two style elements into the page: an empty one, filled through the CSS object model, and one
with the rules of its scroll bar. The hashes are those of these two texts, so no other style is let in. Its
search index is built in a worker made from a blob, and such a worker is bound by this same policy."""

LICENCES_CSP: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE: Final = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="static/favicon.png">
{styles}
</head>
<body>
<main id="page"></main>
<footer class="foot">{links}</footer>
{scripts}
</body>
</html>
"""


def _page(title: str, footer: str, *, styles: tuple[str, ...], scripts: tuple[str, ...]) -> str:
    return _PAGE.format(
        title=escape(title),
        links=f'{footer}<a href="openapi.json">openapi.json</a><a href="static/licences/">Licences</a>',
        styles="\n".join(f'<link rel="stylesheet" href="static/{name}">' for name in styles),
        scripts="\n".join(f'<script src="static/{name}"></script>' for name in scripts),
    )


def _html(page: str, policy: str) -> HTMLResponse:
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})


class _Licences(StaticFiles):
    """Files under a policy that runs nothing: the licences are pages too."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Content-Security-Policy"] = LICENCES_CSP
        return response


def install(app: FastAPI) -> None:
    """Serve `/docs` (Swagger UI), `/redoc`, `/openapi.json`, and `/static` with what they need, licences too.

    The app must have been made with `docs_url=None, redoc_url=None, openapi_url=None`: FastAPI's own pages
    run scripts of another host, and its document is encoded anew for each reader. Raises ValueError if not.
    """
    if app.docs_url or app.redoc_url or app.openapi_url:
        raise ValueError("make the app with docs_url=None, redoc_url=None, openapi_url=None")
    swagger = _page(
        f"{app.title}: try it",
        '<a href="redoc">Read as one page</a>',
        styles=("swagger-ui.css", "docs.css"),
        scripts=("swagger-ui-bundle.js", "docs.js"),
    )
    redoc = _page(
        f"{app.title}: reference",
        '<a href="docs">Try it</a>',
        styles=("docs.css",),
        scripts=("redoc.standalone.js", "redoc.js"),
    )

    async def show_swagger(_: Request) -> Response:
        return _html(swagger, SWAGGER_CSP)

    async def show_redoc(_: Request) -> Response:
        return _html(redoc, REDOC_CSP)

    async def show_document(request: Request) -> Response:
        body, etag = as_bytes(app.openapi())
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    app.add_route("/docs", show_swagger, include_in_schema=False)
    app.add_route("/redoc", show_redoc, include_in_schema=False)
    app.add_route("/openapi.json", show_document, include_in_schema=False)
    app.mount("/static/licences", _Licences(directory=STATIC / "licences", html=True), name="licences")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
