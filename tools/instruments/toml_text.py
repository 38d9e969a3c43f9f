"""Writes the TOML that people fill in: short values on one line, code over several. tomllib reads it back."""

import json
import re


def text(value):
    """A string on one line."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def block(value):
    """A string over several lines, as it is where it can be."""
    if "'''" in value or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
        escaped = text(value)[1:-1].replace("\\n", "\n")
        return f'"""\n{escaped}"""'
    return f"'''\n{value}'''"


def value(data):
    """A value on one line."""
    if isinstance(data, dict):
        return "{ " + ", ".join(f"{text(key)} = {value(one)}" for key, one in data.items()) + " }" if data else "{}"
    if isinstance(data, (list, tuple)):
        return "[" + ", ".join(value(one) for one in data) + "]"
    return text(data) if isinstance(data, str) else json.dumps(data)
