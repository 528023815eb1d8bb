"""Writing a table's cells column by column; great-tables sets them one by one, a slow step in pandas, for every output anew."""

from typing import Any, Self

import pandas as pd
from great_tables import GT
from great_tables._gt_data import Body, FormatterSkipElement
from great_tables._text import _process_text


class ReportTable(GT):
    """A table whose cells are the same as great-tables' own, formats and escapes included, written in a fraction of the time."""

    def _render_formats(self, context: str) -> Self:
        frame: Any = self._tbl_data
        values = {str(name): column.tolist() for name, column in frame.items()}
        written: dict[tuple[str, int], Any] = {}
        for info in [*self._formats, *self._substitutions]:
            write = getattr(info.func, context, info.func.default)
            for column, row in info.cells.resolve():
                result = write(values[column][row])
                if not isinstance(result, FormatterSkipElement):
                    written[column, row] = result
        cells = {
            name: [
                written[name, row] if (name, row) in written else _escaped(value, context)
                for row, value in enumerate(column)
            ]
            for name, column in values.items()
        }
        body = Body(pd.DataFrame(cells, frame.index, frame.columns, dtype="string"))
        labels = self._stub.update_group_row_labels(body, self._tbl_data, self._boxhead)
        return self._replace(_body=body, _stub=labels)


def _escaped(value: Any, context: str) -> Any:
    return pd.NA if pd.isna(value) else _process_text(str(value), context=context)
