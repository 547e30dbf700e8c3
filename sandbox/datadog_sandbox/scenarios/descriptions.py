"""The descriptions of the fields of models, for the JSON Schema."""

import ast
import inspect
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel


def describe(model: type[BaseModel]) -> None:
    """Describe the fields of a model, and of those derived from it, by the strings below them.

    Pydantic can do it too (`use_attribute_docstrings`), but would parse the source at each start.
    """
    [definition] = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(definition, ast.ClassDef)
    for field, string in pairwise(definition.body):
        match field, string:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                model.model_fields[name].description = inspect.cleandoc(text)
    for derived in model.__subclasses__():
        for name, info in model.model_fields.items():
            derived.model_fields[name].description = derived.model_fields[name].description or info.description
        describe(derived)
    model.model_rebuild(force=True)
