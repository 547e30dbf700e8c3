"""A YAML document, with the line of each of its values."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from datadog_sandbox import files, yaml12

from .problems import Location, Problem, ScenarioError


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
                # Of two with a name, the last counts: the first was merged with <<.
                named = [(key, value) for key, value in node.value if key.value == str(part)]
                if named:
                    key, node = named[-1]
                    line = key.start_mark.line
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line
        return line + 1

    def duplicates(self) -> Iterator[Problem]:
        """Yield a problem for each key that a mapping has twice."""
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
                # What << merges is defined elsewhere, and may be replaced here.
                if isinstance(key, yaml.ScalarNode) and _inside(key, node):
                    line = key.start_mark.line + 1
                    first = lines.setdefault(key.value, line)
                    if first != line:
                        yield Problem(self.path, line, f'{key.value!r} is already defined in line {first}')


def _inside(node: yaml.Node, outer: yaml.Node) -> bool:
    return outer.start_mark.index <= node.start_mark.index < outer.end_mark.index


def read(path: Path) -> Document:
    """Read a file. Raises `ScenarioError` when it cannot be read, is empty, or is not YAML."""
    try:
        return parse(path, files.read(path))
    except files.UnreadableError as error:
        raise ScenarioError([Problem(path, None, str(error))]) from error


def parse(path: Path, raw: bytes) -> Document:
    """Parse the content of a file. Raises `ScenarioError`."""
    try:
        documents = yaml12.documents(raw)
    except yaml12.YamlError as error:
        raise ScenarioError([Problem(path, error.line, str(error))]) from error
    if not documents:
        raise ScenarioError([Problem(path, None, 'the file is empty')])
    if len(documents) > 1:
        line = documents[1][0].start_mark.line + 1
        raise ScenarioError(
            [Problem(path, line, 'a second YAML document begins here; a scenario is a single document')]
        )
    [(root, content)] = documents
    return Document(path, root, content)
