"""Samples of leader."""

from tests.contracts.asks import Sample

LEADERS: dict[str, Sample] = {}
