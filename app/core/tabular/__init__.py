"""Tables in files as people send them, and the same way back: text of any encoding and delimiter, workbooks."""

from app.core.tabular.base import MOST_COLUMNS, UNREADABLE, FileRefused, Layout, Recognise, Record
from app.core.tabular.formulas import HARMFUL, harmless, plain
from app.core.tabular.headings import PADDING
from app.core.tabular.kinds import GLANCE, MOST_BYTES, digest, glance
from app.core.tabular.table import Table, open_table
from app.core.tabular.text import DELIMITERS, LONGEST_LINE, MOST_LINES, SAMPLE
from app.core.tabular.writing import WORKBOOK, write_table

__all__ = [
    "DELIMITERS",
    "GLANCE",
    "HARMFUL",
    "LONGEST_LINE",
    "MOST_BYTES",
    "MOST_COLUMNS",
    "MOST_LINES",
    "PADDING",
    "SAMPLE",
    "UNREADABLE",
    "WORKBOOK",
    "FileRefused",
    "Layout",
    "Recognise",
    "Record",
    "Table",
    "digest",
    "glance",
    "harmless",
    "open_table",
    "plain",
    "write_table",
]
