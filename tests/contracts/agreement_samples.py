"""Samples of agreement."""

from tests.contracts.asks import Sample

AGREEMENTS: dict[str, Sample] = {}
