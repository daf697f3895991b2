"""Lifecycles are data: the page drawn from them is the committed one, and what they name exists."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.core.lifecycle import Lifecycle
from app.core.permissions import Permission
from app.services.lifecycles import ALL, as_markdown

#: What needs no permission: the record is the caller's own, or not to be seen.
ONES_OWN = "signed-in"
PLACE = re.compile(r"\{[^}]+\}")
PAGE = Path(__file__).parents[2] / "docs" / "lifecycles.md"


def test_the_committed_page_is_the_printed_one() -> None:
    assert PAGE.read_text() == as_markdown(), "print it anew: python -m app.services.lifecycles > docs/lifecycles.md"


@pytest.mark.parametrize("lifecycle", ALL, ids=lambda lifecycle: lifecycle.noun)
def test_every_action_is_a_route_with_the_same_gate(app: FastAPI, lifecycle: Lifecycle) -> None:
    gates = {
        PLACE.sub("{}", route.path_format): (route.openapi_extra or {})
        for route in app.router.routes
        if isinstance(route, APIRoute) and "POST" in route.methods
    }
    for transition in lifecycle.transitions:
        path = PLACE.sub("{}", transition.path)
        assert path in gates, transition.path
        assert gates[path]["x-permission"].removeprefix("part:") == transition.permission, transition.path
        assert transition.permission in {*Permission, ONES_OWN}
