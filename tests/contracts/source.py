"""The house's own source, read as syntax trees: nothing is imported, so nothing can hide behind an import."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

HOUSE = Path(__file__).parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of the house."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(HOUSE).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def functions(self) -> Iterator[Function]:
        """Every function of the file, methods and inner ones included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def public_functions(self) -> Iterator[Function]:
        """What other files may call: the module-level functions without an underscore."""
        return (node for node in self.tree.body if isinstance(node, Function) and node.name[0] != "_")

    def imports(self) -> Iterator[str]:
        """The dotted names that the file imports, wherever in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """The calls of a method of one of these names, on whatever object."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                yield node


@cache
def sources(room: str = "app") -> tuple[Source, ...]:
    """The Python files of a room and of what lies below it."""
    return tuple(Source(path) for path in sorted((HOUSE / room).rglob("*.py")))


def place(source: Source, node: ast.AST) -> str:
    return f"{source.name}:{getattr(node, 'lineno', 1)}"


def parameters(function: Function) -> list[str]:
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]


def texts(source: Source) -> Iterator[tuple[ast.AST, str, list[ast.expr]]]:
    """Every text of a file that is no docstring: where it stands, its constant parts, and what is filled into it."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.ClassDef | Function) and node.body and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(source.tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            constant = "…".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            yield node, constant, [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inside:
            yield node, node.value, []
