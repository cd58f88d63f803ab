"""Reads a YAML file into plain data and remembers on which line each of its keys stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from skill_arcade.domain.errors import GameFileError

_LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Several times as quick as the other, which is there everywhere."""

MOST_BYTES = 1_000_000
"""A game file has a few thousand; what is so long is none."""

MOST_NODES = 100_000
"""Values there may be once every alias is replaced by what it stands for: a few lines of aliases can name billions."""

MOST_LEVELS = 50
"""Mappings and lists within one another: libyaml ends the process where there are very many."""

_TOO_DEEP = f"this is nested too deeply: {MOST_LEVELS} levels are the most there may be"

Part = str | int
KeyPath = tuple[Part, ...]
"""The way to a value: keys of mappings and indices of lists, ("controls", 0, "keys") say."""


@dataclass(frozen=True, slots=True)
class LocatedYaml:
    """What a YAML file holds, and where.

    Attributes:
        file: the path, as it is to be told to people.
        data: the mapping that the file is.
        lines: the line (from 1) of each key and each list item.
        booleans: how each value is written that YAML reads as true or false: "NO", say.
    """

    file: str
    data: dict[str, Any]
    lines: Mapping[KeyPath, int]
    booleans: Mapping[KeyPath, str] = field(default_factory=dict)

    def line_of(self, path: KeyPath) -> int:
        """The line of the value at `path`, or of the nearest thing around it that there is."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error_at(self, path: KeyPath, problem: str) -> GameFileError:
        """The error that names this file, the line and the key."""
        return GameFileError(self.file, self.line_of(path), format_key(path), problem)


def format_key(path: KeyPath) -> str:
    """("controls", 0, "keys") as controls[0].keys."""
    words = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(words).removeprefix(".")


def read_located_yaml(path: Path) -> LocatedYaml:
    """Read one file.

    Raises:
        GameFileError: it cannot be read, is too large, is not YAML, is not a mapping, or says a key twice.
    """
    file = str(path)
    try:
        text = _read_text(path)
        _check_depth(file, text)
        loader = _LOADER(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise GameFileError(file, 1, "", "a game file is a mapping of keys to values")
        _check_size(file, node, {}, set())
        composer = _Composer(file, loader)
        data = composer.mapping(node, ())
    except OSError as error:
        raise GameFileError(file, None, "", f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise GameFileError(file, None, "", "it is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise GameFileError(file, line, "", f"this is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise GameFileError(file, None, "", f"this is not YAML: {error}") from error
    return LocatedYaml(file, data, composer.lines, composer.booleans)


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise GameFileError(
            str(path), None, "", f"it is longer than {MOST_BYTES // 1_000_000} MB, which no game file is"
        )
    return content.decode("utf-8")


def _check_depth(file: str, text: str) -> None:
    """Look how deeply things are nested, without going down with them.

    Raises:
        GameFileError: too deeply.
    """
    levels = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            levels += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            levels -= 1
        if levels > MOST_LEVELS:
            line = None if event.start_mark is None else event.start_mark.line + 1
            raise GameFileError(file, line, "", _TOO_DEEP)


def _check_size(file: str, node: yaml.Node, known: dict[int, int], within: set[int]) -> int:
    """How many values a node is with all aliases replaced; of each node it is found out once.

    Raises:
        GameFileError: there are too many.
    """
    if isinstance(node, yaml.ScalarNode) or id(node) in within:  # the latter is refused where its key is known
        return 1
    if id(node) not in known:
        children = (each for pair in node.value for each in pair) if isinstance(node, yaml.MappingNode) else node.value
        within.add(id(node))
        known[id(node)] = 1 + sum(_check_size(file, each, known, within) for each in children)
        within.remove(id(node))
        if known[id(node)] > MOST_NODES:
            problem = f"with its aliases this is more than {MOST_NODES:,} values"
            raise GameFileError(file, node.start_mark.line + 1, "", problem)
    return known[id(node)]


class _Composer:
    """Makes plain data of YAML nodes, noting lines as it goes."""

    def __init__(self, file: str, loader: yaml.SafeLoader | yaml.CSafeLoader) -> None:
        self._file = file
        self._loader = loader
        self._open: list[yaml.Node] = []
        self.lines: dict[KeyPath, int] = {}
        self.booleans: dict[KeyPath, str] = {}

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._value(key_node, path)
            if not isinstance(key, str):
                raise GameFileError(self._file, line, format_key(path), f"a key is a word, not {key!r}")
            here = (*path, key)
            if key in found:
                raise GameFileError(self._file, line, format_key(here), "this key is here twice")
            self.lines[here] = line
            found[key] = self._value(value_node, here)
        return found

    def _value(self, node: yaml.Node, path: KeyPath) -> object:
        if node in self._open:
            line = node.start_mark.line + 1
            raise GameFileError(self._file, line, format_key(path), "an alias must not stand within its own anchor")
        if len(self._open) > MOST_LEVELS:  # through aliases
            raise GameFileError(self._file, node.start_mark.line + 1, format_key(path[:1]), _TOO_DEEP)
        self._open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self._item(each, (*path, index)) for index, each in enumerate(node.value)]
            return self._scalar(node, path)
        except ValueError as error:  # what looks like a date, say, and is none
            line = node.start_mark.line + 1
            raise GameFileError(self._file, line, format_key(path), f"{node.value!r} is no value: {error}") from error
        finally:
            self._open.pop()

    def _scalar(self, node: yaml.Node, path: KeyPath) -> object:
        value: object = self._loader.construct_object(node)
        if isinstance(value, bool):
            self.booleans[path] = node.value
        return value

    def _item(self, node: yaml.Node, path: KeyPath) -> object:
        self.lines[path] = node.start_mark.line + 1
        return self._value(node, path)
