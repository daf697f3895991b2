"""Disputes: from a complaint to a final decision, under the organisation's own rules and behind a wall."""
