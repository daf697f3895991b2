"""Samples of listening."""

from tests.contracts.asks import Sample

LISTENING: dict[str, Sample] = {}
