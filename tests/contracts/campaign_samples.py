"""Samples of campaign."""

from tests.contracts.asks import Sample

CAMPAIGNS: dict[str, Sample] = {}
