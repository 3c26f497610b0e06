"""Questions about tables: a small grammar, and the SQL each form becomes.

Names of tables and columns in the SQL are those of the schema, found by likeness and quoted;
everything else the user wrote is bound as a value, never a part of the SQL.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from secondhalf.experts.local.table_files import MAX_ROWS, Cell, Table, quoted

LIKENESS = 88.0
"""Least similarity, in [0, 100], at which a name is taken for a column's."""


class Query(NamedTuple):
    """SQL with marks, the values for them, and an SQL that must agree with it."""

    sql: str
    values: tuple[Cell, ...]
    again: str
    """Counts, or recomputes by another route, what ``sql`` gives; see ``Again``."""
    shape: str
    """``one`` value, a ``list``, ``pairs``, or ``columns``."""


class _Filter(NamedTuple):
    sql: str
    values: tuple[Cell, ...]


_AGGREGATES = {
    "sum": "sum", "total": "sum", "average": "avg", "mean": "avg", "avg": "avg",
    "minimum": "min", "min": "min", "lowest": "min", "smallest": "min", "cheapest": "min",
    "least": "min", "maximum": "max", "max": "max", "highest": "max", "largest": "max",
    "biggest": "max", "greatest": "max", "most expensive": "max",
}  # fmt: skip
_AGGREGATE = "|".join(sorted(_AGGREGATES, key=len, reverse=True))
_FROM = r"(?: (?:in|of|from|does) (?:the )?(?P<table>[\w .-]+?)(?: table| file)?(?: have)?)?"
_WHERE = r"(?: (?:where|with|whose|for which|having) (?P<where>.+))?"
_ASK = r"(?:(?:what(?:'s| is| are| was)|show|find|list|give)(?: the)? |the )?"
_BY = r"(?: (?:by|per|for each|grouped by|group by) (?P<by>[\w -]+?))?"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("columns", rf"(?:{_ASK}columns?(?: names)?|what columns (?:are there|exist)"
         rf"|(?:what|which) columns (?:are|does|do)(?: there)?){_FROM}(?: have)?"),
        ("distinct", rf"{_ASK}(?:distinct|unique|different)(?: values)?(?: of| in| for)? "
         rf"(?P<column>[\w -]+?){_FROM}{_WHERE}"),
        ("different", rf"how many (?:distinct|different|unique) (?P<column>[\w -]+?)"
         rf"(?: values)?(?: are there| exist)?{_FROM}{_WHERE}"),
        ("count", rf"(?:how many|count(?: the)?(?: number of)?|{_ASK}number of) "
         rf"(?:rows|records|entries|lines)(?: are there| are| exist)?{_FROM}{_BY}{_WHERE}"),
        ("count", rf"(?:how many|count(?: the)?(?: number of)?|{_ASK}number of) "
         rf"(?:rows|records|entries|lines)(?: are there| are| exist)?{_BY}{_FROM}{_WHERE}"),
        ("top", rf"{_ASK}(?P<way>top|bottom) (?P<count>\d{{1,3}}) (?P<column>[\w -]+?) by "
         rf"(?P<by>[\w -]+?){_FROM}{_WHERE}"),
        ("holder", rf"(?:what|which) (?P<column>[\w -]+?) has (?:the )?(?P<function>{_AGGREGATE}) "
         rf"(?P<by>[\w -]+?){_FROM}{_WHERE}"),
        ("aggregate", rf"{_ASK}(?P<function>{_AGGREGATE})(?: value)?(?: of| for)?(?: the)? "
         rf"(?P<column>[\w -]+?){_BY}{_FROM}{_WHERE}"),
        ("aggregate", rf"{_ASK}(?P<function>{_AGGREGATE})(?: value)?(?: of| for)?(?: the)? "
         rf"(?P<column>[\w -]+?){_FROM}{_BY}{_WHERE}"),
        ("lookup", rf"{_ASK}(?P<column>[\w -]+?){_FROM} where (?P<where>.+)"),
    )
)  # fmt: skip
_OPERATORS = (
    (r"(?:is )?(?:greater|more|higher|larger|bigger) than or equal to|>=|(?:is )?at least", ">="),
    (r"(?:is )?(?:less|lower|smaller|fewer) than or equal to|<=|(?:is )?at most", "<="),
    (r"(?:is )?not equal to|is not|isn't|!=|<>", "<>"),
    (r"(?:is )?(?:greater|more|higher|larger|bigger|over|above|after)(?: than)?|>", ">"),
    (r"(?:is )?(?:less|lower|smaller|fewer|under|below|before)(?: than)?|<", "<"),
    (r"(?:is )?equals?(?: to)?|==?|is|was|of", "="),
)
_CONDITION = re.compile(
    r"(?P<column>[\w -]+?)\s*(?:"
    + "|".join(rf"(?P<op{n}>\b(?:{words})\b|{signs})" if signs else rf"(?P<op{n}>\b(?:{words})\b)"
               for n, (words, signs) in enumerate(
                   (("|".join(p for p in pattern.split("|") if re.search("[a-z]", p)),
                     "|".join(p for p in pattern.split("|") if not re.search("[a-z]", p)))
                    for pattern, _ in _OPERATORS)))
    + r")\s*(?P<value>.+)",
    re.IGNORECASE,
)  # fmt: skip


def query(text: str, tables: Sequence[Table]) -> tuple[Table, Query] | None:
    """The table and the SQL that answer ``text``; None if it is no such question.

    A question that fits more than one table, and names none, has no answer.
    """
    for name, form in _FORMS:
        if match := form.fullmatch(text):
            groups = match.groupdict()
            found = [
                (table, made)
                for table in _named(groups.get("table"), tables)
                if (made := _MAKERS[name](groups, table)) is not None
            ]
            if len(found) == 1:
                return found[0]
    return None


def _named(name: str | None, tables: Sequence[Table]) -> Sequence[Table]:
    if not name or name.lower().strip() in {"table", "file", "data", "csv", "database", "there"}:
        return tables
    return [t for t in tables if _like(name, [t.name, t.file, t.file.rpartition(".")[0]])]


def _like(text: str, names: Sequence[str]) -> str | None:
    """The one of ``names`` that ``text`` is most like, if it is like it enough and alone."""
    from rapidfuzz import fuzz, process, utils

    folded = re.sub(r"^(?:the|all|each) ", "", text.strip(), flags=re.IGNORECASE).replace("_", " ")
    choices = {name: name.replace("_", " ") for name in names}
    found = process.extract(
        folded, choices, scorer=fuzz.ratio, processor=utils.default_process, limit=2,
        score_cutoff=LIKENESS,
    )  # fmt: skip
    if not found or (len(found) > 1 and found[0][1] == found[1][1]):
        singular = re.sub("ies$", "y", folded) if folded.endswith("ies") else folded.rstrip("s")
        return _like(singular, names) if singular != folded and len(folded) > 3 else None
    return str(found[0][2])


def _where(text: str | None, table: Table) -> _Filter | None:
    """Conditions joined by ``and``; None if one is not understood."""
    if not text:
        return _Filter("", ())
    parts: list[str] = []
    values: list[Cell] = []
    for piece in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        match = _CONDITION.fullmatch(piece)
        column = _like(match["column"], table.columns) if match else None
        if match is None or column is None:
            return None
        operator = next(sql for n, (_, sql) in enumerate(_OPERATORS) if match[f"op{n}"])
        value = _value(match["value"])
        if isinstance(value, str) and operator not in {"=", "<>"} and column in table.numeric:
            return None
        side = quoted(column) if not isinstance(value, str) else f"lower(trim({quoted(column)}))"
        parts.append(f"{side} {operator} ?")
        values.append(value.lower() if isinstance(value, str) else value)
    return _Filter(" WHERE " + " AND ".join(parts), tuple(values))


def _value(text: str) -> Cell:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].strip()
    digits = text.replace(",", "").lstrip("$€£")
    if re.fullmatch(r"-?\d{1,15}", digits):
        return int(digits)
    return float(digits) if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", digits) else text


Groups = dict[str, str | None]


def _from(table: Table, filter_: _Filter) -> str:
    return f" FROM {quoted(table.name)}{filter_.sql}"


def _columns(groups: Groups, table: Table) -> Query | None:
    sql = f"SELECT * FROM {quoted(table.name)} LIMIT 0"  # noqa: S608 - the name is the schema's
    return Query(sql, (), sql, "columns")


def _distinct(groups: Groups, table: Table) -> Query | None:
    column, kept = _like(groups["column"] or "", table.columns), _where(groups["where"], table)
    if column is None or kept is None:
        return None
    name, rest = quoted(column), _from(table, kept)
    again = f"SELECT count(DISTINCT {name}){rest}"
    joined = f"{rest}{' AND' if kept.sql else ' WHERE'} {name} IS NOT NULL"
    sql = f"SELECT DISTINCT {name}{joined} ORDER BY 1 LIMIT {MAX_ROWS}"
    return Query(sql, kept.values, again, "list")


def _different(groups: Groups, table: Table) -> Query | None:
    column, kept = _like(groups["column"] or "", table.columns), _where(groups["where"], table)
    if column is None or kept is None:
        return None
    name, rest = quoted(column), _from(table, kept)
    joined = f"{rest}{' AND' if kept.sql else ' WHERE'} {name} IS NOT NULL"
    again = f"SELECT count(*) FROM (SELECT {name}{joined} GROUP BY 1)"  # noqa: S608
    return Query(f"SELECT count(DISTINCT {name}){rest}", kept.values, again, "one")


def _count(groups: Groups, table: Table) -> Query | None:
    kept = _where(groups["where"], table)
    if kept is None:
        return None
    rest = _from(table, kept)
    if groups["by"]:
        return _grouped("count(*)", groups["by"], rest, kept, table)
    return Query(f"SELECT count(*){rest}", kept.values,
                 f"SELECT sum(1) FROM (SELECT 1{rest})", "one")  # fmt: skip  # noqa: S608


def _grouped(value: str, by: str, rest: str, kept: _Filter, table: Table) -> Query | None:
    column = _like(by, table.columns)
    if column is None:
        return None
    name = quoted(column)
    sql = f"SELECT {name}, {value}{rest} GROUP BY 1 ORDER BY 1 LIMIT {MAX_ROWS}"
    again = f"SELECT count(*) FROM (SELECT {name}{rest} GROUP BY 1)"  # noqa: S608
    return Query(sql, kept.values, again, "pairs")


def _aggregate(groups: Groups, table: Table) -> Query | None:
    function = _AGGREGATES[(groups["function"] or "").lower()]
    column, kept = _like(groups["column"] or "", table.columns), _where(groups["where"], table)
    if (
        column is None
        or kept is None
        or (function in {"sum", "avg"} and column not in table.numeric)
    ):
        return None
    name, rest = quoted(column), _from(table, kept)
    if groups["by"]:
        return _grouped(f"{function}({name})", groups["by"], rest, kept, table)
    again = {
        "sum": f"SELECT avg({name}) * count({name}){rest}",
        "avg": f"SELECT total({name}) / count({name}){rest}",
        "min": f"SELECT {name}{rest}{' AND' if kept.sql else ' WHERE'} {name} IS NOT NULL "
               f"ORDER BY {name} LIMIT 1",
        "max": f"SELECT {name}{rest}{' AND' if kept.sql else ' WHERE'} {name} IS NOT NULL "
               f"ORDER BY {name} DESC LIMIT 1",
    }[function]  # fmt: skip
    return Query(f"SELECT {function}({name}){rest}", kept.values, again, "one")


def _top(groups: Groups, table: Table) -> Query | None:
    count = int(groups["count"] or 1)
    return _ranked(groups, table, count, descending=(groups["way"] or "").lower() == "top")


def _holder(groups: Groups, table: Table) -> Query | None:
    function = _AGGREGATES[(groups["function"] or "").lower()]
    if function not in {"min", "max"}:
        return None
    return _ranked(groups, table, 1, descending=function == "max")


def _ranked(groups: Groups, table: Table, count: int, *, descending: bool) -> Query | None:
    column, by = (_like(groups[key] or "", table.columns) for key in ("column", "by"))
    kept = _where(groups["where"], table)
    if column is None or by is None or kept is None or not 0 < count <= MAX_ROWS:
        return None
    rest = f"{_from(table, kept)}{' AND' if kept.sql else ' WHERE'} {quoted(by)} IS NOT NULL"
    way = "DESC" if descending else "ASC"
    sql = f"SELECT {quoted(column)}, {quoted(by)}{rest} ORDER BY 2 {way}, 1 LIMIT {count}"
    again = f"SELECT count(*) FROM (SELECT 1{rest} LIMIT {count})"  # noqa: S608
    return Query(sql, kept.values, again, "pairs")


def _lookup(groups: Groups, table: Table) -> Query | None:
    column, kept = _like(groups["column"] or "", table.columns), _where(groups["where"], table)
    if column is None or kept is None:
        return None
    rest = _from(table, kept)
    sql = f"SELECT {quoted(column)}{rest} LIMIT {MAX_ROWS}"
    again = f"SELECT count(*) FROM (SELECT 1{rest} LIMIT {MAX_ROWS})"  # noqa: S608
    return Query(sql, kept.values, again, "list")


_MAKERS: dict[str, Callable[[Groups, Table], Query | None]] = {
    "columns": _columns,
    "distinct": _distinct,
    "different": _different,
    "count": _count,
    "top": _top,
    "holder": _holder,
    "aggregate": _aggregate,
    "lookup": _lookup,
}
