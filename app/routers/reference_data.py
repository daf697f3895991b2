"""/v1/reference-data: what every enum's values are called, in English and Welsh."""

from typing import Annotated

from fastapi import Header
from starlette.responses import Response

from app.models.reference_data import ReferenceData
from app.routers.deps import Router, public
from app.services.reference_data import reference_document

router = Router("/v1/reference-data", "reference data")


@router.get("", response_model=ReferenceData, **public())
async def get_reference_data(
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", max_length=500, description="The ETag of what you have.")
    ] = None,
) -> Response:
    """Every enum with its labels and help in each locale. The same for everybody: keep it."""
    body, tag = reference_document()
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600"}
    known = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type="application/json")
