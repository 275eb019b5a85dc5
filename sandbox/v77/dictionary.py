"""A writer of ``1Cv7.DD``: descriptions cut as 1C cuts them, full names left only in the comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.v77.structure import Table

TITLE: Final = 30
FIELD_TITLE: Final = 20
_RULE: Final = "#" + "=" * 79


def dd_text(tables: Iterable[Table], *, code_page: str = "1251RUS") -> str:
    """Return the dictionary of a DBF base."""
    lines = ["#AccWare Data Dictionary", f"D=DDV7120|AccWare Data Dictionary (DDCP={code_page})|", "#", "#"]
    for number, table in enumerate(tables):
        lines += [_RULE, f"#==TABLE no {number:<6} : {table.title}"]
        lines += ["# Name    |Descr                         |Type[A/S/U]|DBTableName|ReUsable  "]
        lines += [f"T={table.name:<8}|{table.title[:TITLE]:<30}|A          |{table.name:<11}|1         "]
        lines += ["#-----Fields-------", "# Name      |Descr               |Type|Length|Precision"]
        lines += [
            f"F={field.name:<10}|{title[:FIELD_TITLE]:<20}|{field.kind:<4}|{field.width:<6}|{field.decimals:<9}"
            for field, title in table.fields
        ]
        if table.indexes:
            lines += ["#----Indexes------", "# Name     |Descr         |Unique|Indexed fields      |DBName     "]
            lines += [
                f"I={name:<9}|{'of ' + name:<14}|0     |{fields:<60}|{name:<11}" for name, fields in table.indexes
            ]
        lines += ["#"]
    return "\r\n".join(lines) + "\r\n"


def dds_text(tables: Iterable[Table]) -> str:
    """Return the dictionary of an SQL base: a leading underscore in system tables, types of its own, ``P=`` lines."""
    lines = ["#SQL Data Dictionary", "D=ddSQLV7120|AccWare Data Dictionary|"]
    for table in tables:
        name = f"_{table.name}" if table.name.startswith("1S") else table.name
        lines += [f"T={name}|{table.title[:TITLE]}|{name}|0"]
        lines += [
            f"F={field.name}|{title[:FIELD_TITLE]}|{'I' if field.name == 'DEBKRED' else field.kind}|{field.width}|"
            f"{field.decimals}"
            for field, title in table.fields
        ]
        lines += [f"P={name}_ByID|ID|"]
    return "\r\n".join(lines) + "\r\n"
