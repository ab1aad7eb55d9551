"""From stored tables to pandas frames whose types do not depend on what is in them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline import schema
from pipeline.store import Store

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Function = TypeVar("Function", bound=Callable[..., Any])


def read_frame(store: Store, name: str, shown: Sequence[str]) -> pd.DataFrame:
    """A table of the episodes named, in their order.

    Raises:
        TableError: a table is damaged.
    """
    import pyarrow as pa

    if schema.TABLES[name].scope == "corpus":
        path = store.table_path(name, "")
        return to_frame(name, store.read(name) if path.is_file() else _empty(name))
    found = [store.read(name, i) for i in shown if store.has(name, i)]
    return to_frame(name, pa.concat_tables([_empty(name), *found]))


def _empty(name: str) -> pa.Table:
    return schema.arrow_schema(name).empty_table()


def to_frame(name: str, table: pa.Table) -> pd.DataFrame:
    """An arrow table of the schema as a frame; the same types, however many rows or nulls it has.

    Text is ``str``, what may be null of whole numbers ``Int32``, an enumeration a ``category`` with
    all its values, a list a tuple.
    """
    import pandas as pd

    frame = pd.DataFrame(index=pd.RangeIndex(table.num_rows))
    for column in schema.TABLES[name].columns:
        data = table[column.name]
        if column.type in ("strings", "spans"):
            values: Any = pd.Series([_tuple(v) for v in data.to_pylist()], dtype=object)
        else:
            values = data.to_pandas().astype(dtype_of(column))
        frame[column.name] = values
    return frame


def dtype_of(column: schema.Column) -> Any:
    """The pandas type of a column."""
    import numpy as np
    import pandas as pd

    if column.values:
        return pd.CategoricalDtype(list(column.values))
    plain = {
        "string": pd.StringDtype(na_value=np.nan), "float64": "float64", "bool": "bool",
        "int32": "Int32" if column.nullable else "int32",
        "timestamp": pd.DatetimeTZDtype("s", "UTC"), "strings": object, "spans": object,
    }  # fmt: skip
    return plain[column.type]


def _tuple(value: Any) -> Any:
    if value is None:
        return ()
    return tuple(tuple(v.values()) if isinstance(v, dict) else v for v in value)


def documented(name: str) -> Callable[[Function], Function]:
    """Write a table's columns, types and units below what a function's docstring says."""

    def write(function: Function) -> Function:
        spec = schema.TABLES[name]
        lines = [f"Columns (key: {', '.join(spec.key)}):"]
        for column in spec.columns:
            kind = "category" if column.values else column.type
            facts = ", ".join([kind, *([column.unit] if column.unit else [])])
            values = f": {', '.join(column.values)}" if column.values else ""
            null = "; may be null" if column.nullable else ""
            lines.append(f"    {column.name} ({facts}): {column.meaning}{values}{null}")
        more = [
            "", "Args:",
            "    data: data folder; see ``bs.use``.",
            "    private: private episodes too; as ``bs.use`` set it where not given.",
            "", "Raises:",
            "    BansouError: there is no such folder.",
            "    TableError: a stored table is damaged.",
        ]  # fmt: skip
        said = inspect.cleandoc(function.__doc__ or "")
        function.__doc__ = "\n".join([said, "", *lines, *more])
        return function

    return write
