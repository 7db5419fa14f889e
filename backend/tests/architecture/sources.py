"""What an import check cannot see: calls that reach out of the engine, and who commits."""

import ast
from collections.abc import Iterator

_BUILTINS = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}
_MODULES = {
    "io",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "sys",
    "time",
    "uuid",
}
_NAMES = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "numpy.fromfile",
    "numpy.load",
    "numpy.loadtxt",
    "numpy.save",
    "numpy.savetxt",
    "numpy.savez",
    "sys.argv",
    "sys.stderr",
    "sys.stdin",
    "sys.stdout",
}
_SEEDED = {"numpy.random.default_rng", "numpy.random.Generator"}
_TRANSACTION_ENDS = {"commit", "rollback"}


def outside_reaches(source: str) -> list[str]:
    """List what engine code must not touch: files, terminal, clock, unseeded chance.

    Every mention counts, called or handed on; `line: name` each.
    """
    tree = ast.parse(source)
    aliases = _aliases(tree)
    return [f"{line}: {name}" for line, name in _mentions(tree, aliases) if _is_outside(name)] + [
        f"{node.lineno}: numpy.random.default_rng without a seed"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and not node.args
        and not node.keywords
        and _full_name(node.func, aliases) == "numpy.random.default_rng"
    ]


def transaction_ends(source: str) -> list[str]:
    """List the places that end a transaction, `line: name` each."""
    return [
        f"{node.lineno}: {node.attr}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in _TRANSACTION_ENDS
    ]


def _aliases(tree: ast.AST) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _mentions(tree: ast.AST, aliases: dict[str, str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = _full_name(node, aliases)
            if name:
                yield node.lineno, name


def _full_name(node: ast.expr, aliases: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        owner = _full_name(node.value, aliases)
        return f"{owner}.{node.attr}" if owner else None
    return None


def _is_outside(name: str) -> bool:
    if name in _BUILTINS or name in _NAMES:
        return True
    top, _, rest = name.partition(".")
    if top in _MODULES and rest:
        return True
    return name.startswith("numpy.random.") and name not in _SEEDED
