"""The page /docs: Swagger UI, served from here with all it needs, over an OpenAPI that says what the routes do."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute

Json = dict[str, Any]

ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}  # of the package fastapi-offline
NEVER = ("HTTPValidationError", "ValidationError")  # what FastAPI says of a 422; here it is a 400 (errors.py)
LOOK = {"validatorUrl": None, "docExpansion": "list", "defaultModelsExpandDepth": 0, "displayRequestDuration": True}


def operation_id(route: APIRoute) -> str:
    return route.name


def add(app: FastAPI) -> None:
    """To be called before anything is mounted at the root. The page's addresses are relative: a prefix may stand before it."""
    generated = app.openapi
    app.openapi = lambda: _corrected(generated())  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url="docs/swagger-ui-bundle.js",
            swagger_css_url="docs/swagger-ui.css",
            swagger_favicon_url="favicon.ico",
            swagger_ui_parameters=LOOK,
        )

    for name, kind in ASSETS.items():
        app.add_api_route(f"/docs/{name}", _asset(name, kind), include_in_schema=False, response_model=None)


def _asset(name: str, kind: str) -> Callable[[], Response]:
    def asset() -> Response:
        content = (files("fastapi_offline") / "static" / name).read_bytes()
        return Response(content, media_type=kind, headers={"Cache-Control": "max-age=86400"})

    return asset


def _corrected(schema: Json) -> Json:
    """Without the 422 that is never answered, with the nulls of examples, and without the null that a form cannot hold."""
    schemas = schema["components"]["schemas"]
    for name in NEVER:
        schemas.pop(name, None)
    for name, form in schemas.items():
        if name.startswith("Body_"):
            form["properties"] = {field: _of_a_form(value) for field, value in form["properties"].items()}
    for operation in (operation for path in schema["paths"].values() for operation in path.values()):
        operation["responses"].pop("422", None)
        for media in (media for told in operation["responses"].values() for media in told.get("content", {}).values()):
            for example in media.get("examples", {}).values():
                example["value"] = _with_nulls(example["value"], media.get("schema", {}), schemas)
    return schema


def _with_nulls(value: Any, schema: Json, schemas: Json) -> Any:
    """FastAPI leaves nulls out of examples (get_openapi): what is required and not there is one."""
    if isinstance(value, list):
        return [_with_nulls(part, schema.get("items", {}), schemas) for part in value]
    if not isinstance(value, dict):
        return value
    known = schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    fields = known.get("properties", {})
    parts = {name: _with_nulls(part, fields.get(name, {}), schemas) for name, part in value.items()}
    return {**dict.fromkeys(known.get("required", ())), **parts}


def _of_a_form(field: Json) -> Json:
    """A form has no null: what may be left out may be empty, and Swagger UI then does not fill it with "string"."""
    match field:
        case {"anyOf": [kind, {"type": "null"}], **rest}:
            empty = {} if "contentMediaType" in kind or "enum" in rest else {"default": [] if "items" in kind else ""}
            return {**rest, **kind, **empty}
    return field
