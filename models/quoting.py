"""Identifiers and literals for statements that take no parameters (CREATE ROLE, GRANT and the like)."""


def identifier(name: str) -> str:
    if not name or "\0" in name:
        raise ValueError("a name in SQL is neither empty nor holds a zero byte")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    if "\0" in value:
        raise ValueError("a text in SQL holds no zero byte")
    quoted = "'" + value.replace("'", "''") + "'"
    # Escape form, so that the meaning does not hang on standard_conforming_strings.
    return "E" + quoted.replace("\\", "\\\\") if "\\" in value else quoted
