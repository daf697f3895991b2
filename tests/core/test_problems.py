"""Refusals repeat nothing of what was sent."""

from uuid import UUID

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.problems import _field_error


@given(st.text(st.characters(min_codepoint=0x80, max_codepoint=0x2FF), min_size=1, max_size=40))
def test_no_character_of_what_was_no_uuid_comes_back(sent: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(UUID).validate_python(sent)
    [found] = RequestValidationError([{**error, "loc": ("path", "id")} for error in refused.value.errors()]).errors()
    assert not set(sent) & set(_field_error(found).message)
