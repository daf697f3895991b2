"""Reference data: the words of every enum, in every locale, the same for everybody."""

from typing import Any

import pytest

from app.models.reference_data import enums
from tests.contracts.routes import unwired
from tests.world import Api


@pytest.fixture
async def words(api: Api) -> dict[str, dict[str, Any]]:
    answer = await api.client().get("/v1/reference-data")
    assert answer.status_code == 200, answer.text
    return {enum["name"]: {v["value"]: v for v in enum["values"]} for enum in answer.json()["enums"]}


def test_every_enum_of_the_document_is_among_them() -> None:
    schemas = unwired().openapi()["components"]["schemas"]
    spoken = {name for name, schema in schemas.items() if "enum" in schema}
    assert spoken - {kind.__name__ for kind in enums()} == set()


def test_every_value_has_its_words_in_every_locale(words: dict[str, dict[str, Any]]) -> None:
    assert list(words) == [kind.__name__ for kind in enums()]
    for kind in enums():
        assert list(words[kind.__name__]) == [member.value for member in kind]
        for value in words[kind.__name__].values():
            for said in (value["label"], value["help"]):
                assert set(said) == {"en", "cy"}
                assert all(text.strip() for text in said.values())


def test_values_of_one_enum_can_be_told_apart(words: dict[str, dict[str, Any]]) -> None:
    for values in words.values():
        for locale in ("en", "cy"):
            labels = [value["label"][locale] for value in values.values()]
            assert len(set(labels)) == len(labels)


async def test_what_one_has_is_not_sent_again(api: Api) -> None:
    first = await api.client().get("/v1/reference-data")
    assert "public" in first.headers["Cache-Control"]
    for known in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}'):
        again = await api.client().get("/v1/reference-data", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    stale = await api.client().get("/v1/reference-data", headers={"If-None-Match": '"other"'})
    assert stale.status_code == 200
