"""What holds for each file of the product."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("api", "models", "ui", "alembic", "tests")
LONGEST: Final = 400
NAMES: Final = frozenset({"api", "ui", "models"})
CHANCE: Final = frozenset({"random", "numpy.random", "np.random"})


def _files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_no_file_has_more_than_400_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in _files(*FOLDERS)}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_nothing_shown_comes_from_chance() -> None:
    """The demo's generator alone draws, from a fixed seed; the mathematics draws with the seed that it is given."""
    offenders = []
    for path in _files("api", "models", "ui"):
        if {ROOT / "api" / "demo", ROOT / "api" / "intelligence"} & set(path.parents):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
                if isinstance(node, ast.ImportFrom)
                else [ast.unparse(node)]
                if isinstance(node, ast.Attribute)
                else []
            )
            if CHANCE & set(names):
                offenders.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '')}")
    assert offenders == []


def test_the_mathematics_draws_with_a_given_seed_only() -> None:
    offenders = []
    for path in _files("api/intelligence"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom) and {"random", "numpy.random"} & {
                getattr(node, "module", None),
                *(alias.name for alias in node.names),
            }:
                offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np.random":
                seeded = node.attr in ("Generator", "default_rng")
                if not seeded:
                    offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.random.default_rng" and not node.args:
                offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert offenders == []


def test_no_dependency_is_named_like_our_packages() -> None:
    """They are real top-level packages, and a package of that name from elsewhere would hide them."""
    names: set[str] = set()
    for path in (ROOT / "requirements").glob("*.txt"):
        names |= {match.group(1).lower() for match in re.finditer(r"^([A-Za-z0-9._-]+)==", path.read_text(), re.M)}
    assert "sqlalchemy" in names
    assert names & NAMES == set()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"] not in NAMES


def test_folders_that_would_hide_a_package_are_no_packages() -> None:
    for folder in ("alembic", "docker"):
        assert not (ROOT / folder / "__init__.py").exists()
