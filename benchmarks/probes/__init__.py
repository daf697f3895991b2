"""The measurements behind the first decision records."""
