"""YAML with the scalars of version 1.2, parsed by PyYAML and libyaml.

The C parser of ruamel.yaml cannot read `{host:db-1: OK}`; its Python one takes nine times as long for the scenarios of
this repository.
"""

import re
from typing import Any

import yaml

DEEPEST = 50
"""Most levels of nested lists and mappings, also where an alias stands for some."""
MOST_VALUES = 1_000_000
"""Most values that aliases may add to a document: with ten of them, one can stand for a billion."""


class Loader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):  # type: ignore[misc]
    """Resolves scalars as YAML 1.2 does: 19:00, `no`, and dates are strings."""

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


class YamlError(ValueError):
    """Says in one line what is wrong, and in which line, if known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def documents(raw: bytes) -> list[tuple[yaml.Node, Any]]:
    """Return the documents of a file as pairs of a node, which knows its line, and a value. Raises `YamlError`."""
    try:
        if line := _too_deep(raw):
            raise YamlError(f'nested more than {DEEPEST} levels deep', line)
        loader, pairs = Loader(raw), []
        while loader.check_node():
            node = loader.get_node()
            if b'*' in raw:
                _check_aliases(node)
            pairs.append((node, loader.construct_document(node)))
        return pairs
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f'this is not YAML: {error.problem or error.context}'
        raise YamlError(message, mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(f'this is not YAML: {" ".join(str(error).split())}') from error


def _check_aliases(root: yaml.Node) -> None:
    """Raise `YamlError` if what aliases stand for has no end, is too deep, or is too much."""
    sizes: dict[int, tuple[int, int]] = {}
    """How many values a node stands for, and how deep they are; zero while it is looked at."""
    waiting = [root]
    while waiting:
        node = waiting[-1]
        parts: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            parts = node.value
        elif isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        line = node.start_mark.line + 1
        if id(node) not in sizes:
            sizes[id(node)] = 0, 0
            waiting += (part for part in parts if id(part) not in sizes)
            if waiting[-1] is not node:
                continue
        waiting.pop()
        if sizes[id(node)][0]:
            continue
        known = [sizes.get(id(part), (0, 0)) for part in parts]
        if any(not size for size, _ in known):
            raise YamlError('an alias stands for what it is part of', line)
        size, depth = 1 + sum(size for size, _ in known), max((depth for _, depth in known), default=0)
        sizes[id(node)] = size, depth + bool(parts)
        if depth >= DEEPEST:
            raise YamlError(f'nested more than {DEEPEST} levels deep', line)
        if size > len(sizes) + MOST_VALUES:
            raise YamlError(f'aliases stand for more than {MOST_VALUES:,} values', line)


def _too_deep(raw: bytes) -> int | None:
    """Return the line where the nesting exceeds `DEEPEST`; None if it does not. The loader in C recurses."""
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
