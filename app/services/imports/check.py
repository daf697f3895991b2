"""Whether a mapping can be one of a file: in JSON, and by the file's headings."""

from collections.abc import Sequence

from pydantic import ValidationError

from app.core.errors import FieldError, Invalid
from app.models.imports import ImportMapping
from app.services.imports.mapping import DATES


class MappingIncomplete(Invalid):
    """The mapping names a column that the file has not, or nothing at all for a field, or is none."""

    code = "mapping_incomplete"
    sentence = "The mapping is not complete; see errors."


def read_mapping(text: str | bytes) -> ImportMapping:
    """A mapping from JSON. Raises `MappingIncomplete` with where it is none."""
    try:
        return ImportMapping.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
    errors = [FieldError(_pointer(item["loc"]), str(item["type"]), str(item["msg"])) for item in found[:50]]
    raise MappingIncomplete(errors=tuple(errors))


def check_mapping(headings: Sequence[str], mapping: ImportMapping) -> None:
    """Raises `MappingIncomplete` with everything that cannot be of a file with these headings."""
    errors = []
    for name, mapped in mapping.fields.items():
        place = f"/mapping/fields/{name}"
        if not set(mapped.columns) <= set(headings):
            errors.append(FieldError(f"{place}/columns", "column_unknown", "The file has no such column."))
        if not mapped.columns and mapped.value is None:
            errors.append(FieldError(place, "source_missing", "Name columns, or a value."))
        if name in DATES and len(mapped.columns) not in (0, 1, 3):
            errors.append(FieldError(f"{place}/columns", "columns_wrong", "A date is in one column or three."))
    if not set(mapping.checked) <= set(headings):
        errors.append(FieldError("/mapping/checked", "column_unknown", "The file has no such column."))
    if errors:
        raise MappingIncomplete(errors=tuple(errors))


def _pointer(loc: tuple[int | str, ...]) -> str:
    # A key that is no field's may be anything at all: it is not given back.
    known = [str(step) for step in loc if isinstance(step, int) or (step.isascii() and step.replace("_", "").isalnum())]
    return "/".join(["/mapping", *known])
