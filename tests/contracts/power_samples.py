"""Samples of power."""

from tests.contracts.asks import Sample

POWER: dict[str, Sample] = {}
