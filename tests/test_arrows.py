"""The house's arrows run one way, and the front door is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
RANK = {"foundation": 0, "mappings": 1, "ledger": 1, "connectors": 1, "tasks": 2, "flows": 3, "workplace": 4, "mi1c": 5}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_imports_run_one_way() -> None:
    wrong = []
    for room, rank in RANK.items():
        for path in (ROOT / room).rglob("*.py"):
            for name in _imports(path):
                other = name.split(".")[0]
                if other == room or other not in RANK or name.startswith("mappings.model") or name == "mappings":
                    continue
                if RANK[other] >= rank:
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_the_sandbox_imports_nothing_of_the_product() -> None:
    found = {name.split(".")[0] for path in (ROOT / "sandbox").rglob("*.py") for name in _imports(path)}
    assert found & set(RANK) == set()


def test_only_tasks_flows_and_the_front_door_know_prefect() -> None:
    rooms = ("foundation", "mappings", "ledger", "connectors", "sandbox")
    knowing = [
        str(path.relative_to(ROOT))
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if "prefect" in {name.split(".")[0] for name in _imports(path)}
    ]
    assert knowing == []


def test_help_loads_neither_prefect_nor_pandas() -> None:
    code = (
        "import sys; from mi1c.cli import run; run(['--help']); print(sorted({'prefect', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
