"""Says in plain words what pydantic finds wrong with a value of a game file."""

from __future__ import annotations

from pydantic_core import ErrorDetails

_KINDS = {
    "string_type": "this must be a text",
    "int_type": "this must be a whole number",
    "float_type": "this must be a number",
    "bool_type": "this must be true or false",
    "tuple_type": "this must be a list",
    "dict_type": "this must be a mapping of keys to values",
    "model_type": "this must be a mapping of keys to values",
    "model_attributes_type": "this must be a mapping of keys to values",
    "none_required": "this must be left out here",
    "finite_number": "this must be a finite number",
}

_BOUNDS = {
    "too_long": "at most {max_length} of them are allowed, not {actual_length}",
    "too_short": "at least {min_length} is needed, and there are {actual_length}",
    "string_too_long": "at most {max_length} characters are allowed",
    "string_too_short": "at least {min_length} character is needed",
    "greater_than": "this must be more than {gt:g}",
    "greater_than_equal": "this must be {ge:g} or more",
    "less_than": "this must be less than {lt:g}",
    "less_than_equal": "this must be {le:g} or less",
    "literal_error": "this must be {expected}",
    "union_tag_not_found": "the key {discriminator} is missing, which says of what kind this is",
    "union_tag_invalid": "{discriminator} must be one of {expected_tags}, not '{tag}'",
}


def describe_mistake(detail: ErrorDetails, boolean: str | None = None) -> str:
    """What is wrong, as the end of a line that names the place.

    Args:
        detail: pydantic's error.
        boolean: how the value is written in the file, where YAML reads it as true or false.
    """
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_type" and boolean is not None:
        read_as = "true" if detail["input"] else "false"
        return f'YAML reads {boolean} as {read_as}: put it in quotes ("{boolean}")'
    if kind in _BOUNDS:
        return _BOUNDS[kind].format_map(context)
    return _KINDS.get(kind) or detail["msg"].removeprefix("Value error, ")
