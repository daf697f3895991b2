"""Samples of action."""

from tests.contracts.asks import Sample

ACTIONS: dict[str, Sample] = {}
