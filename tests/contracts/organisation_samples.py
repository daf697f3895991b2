"""Samples of organisation."""

from tests.contracts.asks import Sample

ORGANISATIONS: dict[str, Sample] = {}
