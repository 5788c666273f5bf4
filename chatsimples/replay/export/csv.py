"""CSV (RFC 4180): a row for each record, a column for each of a record's fields."""

from __future__ import annotations

import codecs
import csv
from io import StringIO

import msgspec

from chatsimples.chat.records import Record
from chatsimples.replay.export.job import ExportJob
from chatsimples.replay.export.output import OutputFile

COLUMNS = Record.__struct_fields__

# What makes a spreadsheet take a cell for a formula, in both widths; and the guard itself, so that it can be
# taken off again.
_GUARDED = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'")
_GUARD = "'"


def write_csv(job: ExportJob, output: OutputFile) -> int:
    """Write the records as a table; return how many they are."""
    if job.settings.bom:
        output.write(codecs.BOM_UTF8)
    row = StringIO(newline="")
    writer = csv.writer(row)
    writer.writerow(COLUMNS)
    count = 0
    for record, _ in job.lines():
        writer.writerow([cell(getattr(record, column)) for column in COLUMNS])
        output.write(row.getvalue().encode())
        row.seek(0)
        row.truncate()
        count += 1
    output.write(row.getvalue().encode())
    return count


def cell(value: int | str | bool | dict[str, str] | msgspec.Struct | None) -> int | str:
    """Return a field's cell: empty where the field does not apply, never a formula, what has parts as JSON.

    A text that a spreadsheet would take for a formula, or that begins with an apostrophe, gets an apostrophe
    in front: a reader takes one off, where there is one, and has the exact text.
    """
    if isinstance(value, str):
        return f"{_GUARD}{value}" if value.startswith(_GUARDED) else value
    if value is True:
        return "true"
    if isinstance(value, msgspec.Struct | dict):
        return msgspec.json.encode(value).decode()
    return value or ""
