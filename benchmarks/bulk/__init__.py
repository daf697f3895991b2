"""Import and export against what is written by hand."""
