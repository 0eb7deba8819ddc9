"""The rooms of lib: which imports which, how long files are, and what stays at the door."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
# A room imports from its own floor and from those below it.
FLOORS = {
    "errors": 0,
    "math": 1, "io": 1,
    "cli": 2, "parallel": 2,
    "tables": 3,
    "archive": 4, "text": 4, "audio": 4,
    "video": 5, "plots": 5,
    "composing": 6, "explorer": 6, "pack": 6, "supercut": 6,
}  # fmt: skip
SCRIPTS = sorted([*ROOT.glob("*.py"), *ROOT.glob("scrapers/**/*.py"), *ROOT.glob("compositions/[a-z]*.py")])
# What the compositions share of the command line.
SHARED = sorted((ROOT / "compositions").glob("_*.py"))
MODULES = sorted((ROOT / "lib").glob("**/*.py"))
MOST_LINES = 300
# The one script that chains others.
CHAINS = {"sort_audio.py": {"audio_to_samples", "samples_to_tsne", "features_to_audio", "features_to_video"}}
# What a command line is made of, and what no module below the door may see of it.
PARSING = {"argparse", "optparse", "getopt"}


def name_of(path):
    """Return the dotted name of a file of the project."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in [*SCRIPTS, *SHARED, *MODULES]}


@dataclass(frozen=True)
class Facts:
    """What is asked about a module: its imports anywhere in it, the words it uses, the names it defines, even within
    functions, the decorators of each function, the lines of a zip that may end early, and those of each test."""

    imports: list[ast.Import | ast.ImportFrom]
    words: set[str]
    defined: set[str]
    decorators: list[tuple[str, list[ast.expr]]]
    zips: list[int]
    tests: list[range]


def is_zip(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "zip"


@cache
def facts(path):
    """Return what a module says of itself. Its tree is walked once, and not kept."""
    found = Facts([], set(), set(), [], [], [])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            found.words.add(node.id)
            if isinstance(node.ctx, ast.Store):
                found.defined.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.words.add(node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.imports.append(node)
            found.defined.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.defined.add(node.name)
            if isinstance(node, ast.FunctionDef):
                found.decorators.append((node.name, node.decorator_list))
                if node.name.startswith("test_"):
                    found.tests.append(range(node.lineno, node.end_lineno + 1))
        elif is_zip(node) and len(node.args) > 1 and not any(word.arg == "strict" for word in node.keywords):
            found.zips.append(node.lineno)
    return found


# An import, with which a line begins. (Also one in a text that is a program.)
IMPORT = re.compile(r"^[ \t]*((?:from [\w.]+ )?import (?:\([^)]*\)|.*))", re.M)


@cache
def imports(path):
    """Return the imports anywhere in a file, with the numbers of their lines. The rest of it is not parsed."""
    text = path.read_text(encoding="utf-8")
    found = []
    try:
        for match in IMPORT.finditer(text):
            tree = ast.increment_lineno(ast.parse(match[1]), text.count("\n", 0, match.start(1)))
            found += [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    except SyntaxError:  # words of a docstring
        return facts(path).imports
    return found


def imported(path):
    """Yield the names of what a module imports, anywhere in it."""
    for node in imports(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert node.level == 0, "relative imports hide where an arrow points"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in NAMES else node.module


@cache
def arrows():
    """Return {module: what it imports}."""
    return {name_of(path): sorted(set(imported(path))) for path in [*SCRIPTS, *SHARED, *MODULES]}


def room(name):
    """Return the room that a module of lib belongs to ("" for lib itself)."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_every_module_is_in_a_known_room():
    assert {room(name_of(path)) for path in MODULES} == {*FLOORS, ""}
    assert len(MODULES) > 60
    assert len(SCRIPTS) > 20


def test_arrows_run_from_upper_rooms_to_lower_ones():
    wrong = [
        f"{name} -> {target}"
        for name, targets in arrows().items()
        for target in targets
        if name.startswith("lib.") and target.startswith("lib.") and FLOORS[room(target)] > FLOORS[room(name)]
    ]
    assert not wrong


def test_math_imports_errors_only():
    targets = {
        target for name in arrows() if room(name) == "math" for target in arrows()[name] if target.startswith("lib")
    }
    assert {room(target) for target in targets} <= {"math", "errors"}


def test_lib_imports_no_script():
    scripts = {name_of(path) for path in [*SCRIPTS, *SHARED]}
    assert not [
        (name, t) for name, targets in arrows().items() for t in targets if name.startswith("lib") and t in scripts
    ]


def test_the_command_line_is_imported_by_scripts_only():
    wrong = [name for name, targets in arrows().items() if name.startswith("lib") and room(name) != "cli"
             for target in targets if room(target) == "cli" and target.startswith("lib.")]  # fmt: skip
    assert not sorted(set(wrong))


def test_no_command_line_is_parsed_below_the_door():
    wrong = {}
    for path in MODULES:
        if room(name_of(path)) != "cli":
            found = (facts(path).words | set(imported(path))) & {*PARSING, "Namespace"}
            if found:
                wrong[name_of(path)] = sorted(found)
    assert not wrong


def circle(arrows):
    """Return a circle of names in the graph, or an empty list."""
    done, path = set(), []

    def walk(name):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        path.append(name)
        for target in arrows.get(name, []):
            if found := walk(target):
                return found
        path.pop()
        done.add(name)
        return []

    return next((found for name in sorted(arrows) if (found := walk(name))), [])


def test_a_circle_is_found():
    assert circle({"a": ["b"], "b": ["c"], "c": ["b"], "d": []}) == ["b", "c", "b"]
    assert circle({"a": ["b", "c"], "b": ["c"], "c": []}) == []


def test_there_is_no_circle_of_modules():
    assert circle(arrows()) == []


def test_no_script_imports_another():
    # A script's own folder is where Python looks first: both names reach it.
    scripts = {name for path in SCRIPTS for name in (name_of(path), path.stem)}
    for path in SCRIPTS:
        others = {target for target in arrows()[name_of(path)] if target in scripts}
        assert others == CHAINS.get(path.name, set()), path.name


def test_scripts_print_names_by_cli_say_only():
    for path in [*SCRIPTS, *SHARED]:
        calls = (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call))
        printed = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print" and not c.keywords]
        assert not printed, f"{path.name}: a name may hold line breaks and escape sequences: cli.say writes them out"


def test_nothing_imports_everything():
    folders = ("lib", "tests", "benchmarks", "compositions", "scrapers", "docs")
    stars = [
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in sorted((ROOT / folder).glob("**/*.py"))
        if any(node.names[0].name == "*" for node in imports(path))
    ]
    assert not stars


def test_scripts_are_about_a_page():
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in SCRIPTS if path.parent == ROOT}
    assert {name for name, lines in lengths.items() if lines > 160} == set()


def test_no_file_is_long():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in [*MODULES, *SCRIPTS, *SHARED]}
    long = {path.relative_to(ROOT).as_posix() for path, lines in lengths.items() if lines > MOST_LINES}
    assert long == set()


def test_no_room_is_a_drawer():
    for word in ("utils", "util", "helpers", "misc", "common"):
        assert not [path for path in MODULES if word in path.parts or path.stem == word]


def test_kernels_are_compiled_once_and_kept():
    for path in sorted((ROOT / "lib").rglob("*.py")):
        for name, decorators in facts(path).decorators:
            for decorator in map(ast.unparse, decorators):
                assert "jit" not in decorator or "cache=True" in decorator, f"{path}: {name}"


def test_tests_and_benchmarks_do_not_import_each_other():
    """Benchmarks may use what tests are made with; tests import no benchmark."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        assert not [name for name in imported(path) if name.partition(".")[0] == "benchmarks"], path
    for path in sorted((ROOT / "benchmarks").rglob("*.py")):
        tests = [name for name in imported(path) if name.partition(".")[0] == "tests"]
        assert all(name.startswith("tests.support") for name in tests), path


def test_tests_compare_results_to_their_end():
    """`zip` ends with the shorter one: a test that compares nothing passes."""
    loose = [
        f"{path.relative_to(ROOT)}:{line}: zip without strict=True"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line in facts(path).zips
        if any(line in lines for lines in facts(path).tests)
    ]
    assert loose == []


def test_every_import_of_the_project_is_there_also_within_functions():
    """What is imported where it is used is else missed by whatever does not run it: benchmarks, pictures, campaigns."""
    ours = [path for folder in ("lib", "tests", "benchmarks", "compositions", "docs") for path in
            (ROOT / folder).glob("**/*.py")]  # fmt: skip
    modules = {name_of(path): path for path in ours}
    packages = {name.rpartition(".")[0] for name in modules}
    missing = []
    for path in [*ours, *SCRIPTS]:
        for node in imports(path):
            if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] not in packages:
                continue
            known = facts(modules[node.module]).defined if node.module in modules else set()
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if alias.name not in known and whole not in modules and whole not in packages:
                    missing.append(f"{path.relative_to(ROOT)}:{node.lineno}: {whole}")
    assert missing == []


def test_scripts_in_folders_find_the_project():
    """They are started by their path, so that Python looks in their own folder."""
    found = 0
    for path in [*SCRIPTS, *(ROOT / "benchmarks").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node).startswith("sys.path.insert(0, str(Path(__file__)"):
                folder = eval(ast.unparse(node.args[1]), {"Path": Path, "__file__": str(path), "str": str})
                assert (ast.unparse(node.args[0]), folder) == ("0", str(ROOT)), path
                found += 1
    assert found >= len([path for path in SCRIPTS if path.parent != ROOT])


# What is counted up, or filled, while it is in use. All other dataclasses are values, which nobody changes.
FILLED = {
    "archive": {"Forecast", "Plan", "Search", "Summary"},
    "audio": {"Fingerprints", "Mix", "MosaicReport", "SamplesReport"},
    "explorer": {"ExplorerReport", "Tracks"},
    "io": {"_Held", "_Leap", "_Line"},
    "pack": {"PackReport", "Written"},
    "supercut": {"Supercut"},
    "tables": {"Plain", "Read", "SampleFeaturesReport", "Sources", "SubsetReport", "_Group", "_Part"},
    "text": {"_Column"},
    "video": {"FileFeaturesReport", "FolderReport", "ScenesReport", "VsamplesReport"},
}


def test_values_are_frozen():
    found, frozen = {}, 0
    for path in [*SCRIPTS, *SHARED, *MODULES]:
        for how, name in re.findall(r"^ *@dataclass(.*)\n *class (\w+)", path.read_text("utf-8"), re.M):
            if "frozen=True" in how:
                frozen += 1
            else:
                found.setdefault(room(name_of(path)), set()).add(name)
    assert found == FILLED
    assert frozen > 100
