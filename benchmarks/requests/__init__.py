"""Single requests against a bare handler."""
