"""Samples of one_to_one."""

from tests.contracts.asks import Sample

ONE_TO_ONES: dict[str, Sample] = {}
