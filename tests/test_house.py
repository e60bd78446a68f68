"""The house keeps its shape: small files, imports that go down, no circles."""

import ast
import pathlib
import statistics

ROOT = pathlib.Path(__file__).parents[1]
FILES = sorted((ROOT / "kgen").rglob("*.py"))
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): file
    for file in FILES
}
# From the ground up. A room knows those of the floors below it, none of its own floor.
FLOORS = (
    ("_lazy", "suggestions", "tables"),
    ("core",),
    ("likelihoods",),
    ("networks",),
    # A VAE may have a flow's steps behind its posterior.
    ("flows",),
    # Hybrids of VAE and GAN have the bounds of a VAE.
    ("autoencoders",),
    (
        *("adversarial", "autoregressive", "diffusion", "energy"),
        *("inference", "mixtures"),
    ),
    ("data", "latent", "plots", "strategies", "two_stage"),
    ("loggers", "metrics"),
    ("callbacks", "downstream", "recipes"),
    ("estimators", "serving"),
    ("runs", "server"),
    ("explore", "hub"),
    ("cli", "testing"),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def imported(name):
    """Modules of kgen that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        paths = []
        if isinstance(node, ast.Import):
            paths = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            paths = [f"{node.module}.{alias.name}" for alias in node.names]
        for path in paths:
            while path and path not in MODULES:
                path = path.rpartition(".")[0]
            # `import kgen` alone loads nothing: its names are lazy.
            if path not in ("", "kgen", name):
                found.add(path)
    return found


GRAPH = {name: imported(name) for name in MODULES}


def room(name):
    return name.split(".")[1] if "." in name else ""


def test_every_room_has_a_floor():
    assert {room(name) for name in MODULES} - {""} == set(FLOOR)


def test_imports_go_down():
    upward = [
        f"{name} imports {other}"
        for name, others in GRAPH.items()
        for other in others
        if room(name) != room(other)
        and (room(name) == "" or FLOOR[room(name)] <= FLOOR[room(other)])
    ]
    assert [line for line in upward if line != "kgen imports kgen._lazy"] == []


def test_no_module_imports_itself_in_a_circle():
    def reaches(start):
        seen, waiting = set(), list(GRAPH[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += GRAPH[name]
        return seen

    assert [name for name in GRAPH if name in reaches(name)] == []


def test_files_are_small():
    lengths = {file: len(file.read_text().splitlines()) for file in FILES}
    long = {file.name: length for file, length in lengths.items() if length > 400}
    assert long == {}
    assert statistics.median(lengths.values()) <= 130
