"""A YAML file: its values as YAML 1.2 reads them, and the line of each.

PyYAML over libyaml: the C parser of ruamel.yaml cannot read `{host:db-1: OK}`, and its Python one is ten times slower.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from datadog_sandbox import files

from .problems import Location, Problem, ScenarioError

DEEPEST = 50
"""Levels of lists and mappings inside each other."""


class Loader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):  # type: ignore[misc]
    """Reads scalars as YAML 1.2 does: 19:00, `no` and dates are strings."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(':')[2] in ('null', 'merge')]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


Loader.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile(r'^(?:true|false)$'), list('tf'))
Loader.add_implicit_resolver('tag:yaml.org,2002:int', re.compile(r'^[-+]?\d+$'), list('-+0123456789'))
Loader.add_implicit_resolver(
    'tag:yaml.org,2002:float',
    re.compile(r'^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[-+]?\d+)?$'),
    list('-+.0123456789'),
)
# In YAML 1.1, 010 is 8 and 09 is an error.
Loader.add_constructor('tag:yaml.org,2002:int', lambda loader, node: int(node.value))


class Document(NamedTuple):
    """The content of a file, and the nodes that know its lines."""

    path: Path
    root: yaml.Node
    content: Any

    def line(self, location: Location) -> int:
        """Return the line of the deepest part of a location that is in the file."""
        node, line = self.root, self.root.start_mark.line
        for part in location:
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == str(part):
                        node, line = value, key.start_mark.line
                        break
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line
        return line + 1

    def duplicates(self) -> Iterator[Problem]:
        """Yield the keys that a mapping has twice."""
        visited: set[int] = set()
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if id(node) in visited or isinstance(node, yaml.ScalarNode):
                continue
            visited.add(id(node))
            if isinstance(node, yaml.SequenceNode):
                waiting += node.value
                continue
            lines: dict[str, int] = {}
            for key, value in node.value:
                waiting.append(value)
                if isinstance(key, yaml.ScalarNode):
                    line = key.start_mark.line + 1
                    first = lines.setdefault(key.value, line)
                    if first != line:
                        yield Problem(self.path, line, f'{key.value!r} is there twice, first in line {first}')


def read(path: Path) -> Document:
    """Read a file. Raises `ScenarioError` when it cannot be read, is empty, or is not YAML."""
    try:
        return parse(path, files.read(path))
    except files.UnreadableError as error:
        raise ScenarioError([Problem(path, None, str(error))]) from error


def parse(path: Path, raw: bytes) -> Document:
    """Parse the content of a file. Raises `ScenarioError`."""
    try:
        if line := _too_deep(raw):
            raise ScenarioError([Problem(path, line, f'more than {DEEPEST} levels inside each other')])
        loader = Loader(raw)
        root = loader.get_single_node()
        content = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ScenarioError([Problem(path, line, f'this is not YAML: {error.problem or error.context}')]) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ScenarioError([Problem(path, None, f'this is not YAML: {" ".join(str(error).split())}')]) from error
    if root is None:
        raise ScenarioError([Problem(path, None, 'the file is empty')])
    return Document(path, root, content)


def _too_deep(raw: bytes) -> int | None:
    """Return the line in which more levels begin than the loader may be given: it calls itself for each, in C."""
    depth = 0
    for event in yaml.parse(raw, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                mark = event.start_mark
                return mark.line + 1 if mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None
