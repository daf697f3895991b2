"""The record of processing activities (UK GDPR art. 30): what for, on which basis, by whom, and what it misses."""
