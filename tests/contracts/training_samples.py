"""Samples of training."""

from tests.contracts.asks import Sample

TRAINING: dict[str, Sample] = {}
