"""Samples of win."""

from tests.contracts.asks import Sample

WINS: dict[str, Sample] = {}
