"""Stand-ins for git dependencies that are out of reach: empty local crates of the same name and version.

Without them `cargo metadata` fails, and what asks cargo (rust-analyzer does) sees a workspace with no dependencies at all. A stand-in
has no items, so whatever is named through it stays unresolved; everything else is as it was. Only meant for throw-away copies of a
workspace: its root manifest and its lock file are changed.
"""

import json
import os
import pathlib
import subprocess
import tomllib
from dataclasses import dataclass, field

from . import run, toml_text


@dataclass
class Package:
    """A package of a lock file that comes from git."""

    name: str
    version: str
    url: str
    commit: str
    features: set = field(default_factory=set)

    def label(self):
        return f"{self.name} {self.version} ({self.url})"


def git_packages(lock):
    """Packages of a lock file (its text) whose source is git."""
    result = []
    for one in tomllib.loads(lock).get("package", []):
        source = one.get("source", "")
        if source.startswith("git+"):
            address, _, commit = source.removeprefix("git+").partition("#")
            result.append(Package(one["name"], one["version"], address.partition("?")[0], commit))
    return result


def in_reach(package, home):
    """Has cargo the commit among its git databases?"""
    for database in sorted((home / "git" / "db").glob("*")):
        command = ["git", "--git-dir", str(database), "cat-file", "-e", package.commit + "^{commit}"]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return True
    return False


def cargo_home():
    return pathlib.Path(os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo")


def same_url(one, other):
    def plain(url):
        return url.removeprefix("git+").partition("?")[0].partition("#")[0].rstrip("/").removesuffix(".git")

    return plain(one) == plain(other)


def asked_for(packages, metadata):
    """The packages that members depend on, with the features that they ask for."""
    for member in metadata["packages"]:
        for wanted in member["dependencies"]:
            for package in packages:
                if package.name == wanted["name"] and wanted["source"] and same_url(wanted["source"], package.url):
                    package.features.update(wanted["features"], ["default"])
            # `tool = ["engine/fast"]` among the member's own features.
            for text in (t for values in member["features"].values() for t in values if "/" in t):
                name, feature = text.split("/", 1)
                if name.removesuffix("?") == (wanted["rename"] or wanted["name"]):
                    for package in packages:
                        if package.name == wanted["name"]:
                            package.features.add(feature)
    return [package for package in packages if package.features]


def write_crate(folder, package):
    """The empty crate."""
    folder.mkdir(parents=True, exist_ok=True)
    features = "".join(f"{json.dumps(name)} = []\n" for name in sorted(package.features | {"default"}))
    manifest = f'[package]\nname = "{package.name}"\nversion = "{package.version}"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[features]\n{features}'
    (folder / "Cargo.toml").write_text(manifest + "[workspace]\n", encoding="utf-8")
    (folder / "lib.rs").write_text("//! Stands in for a crate that is out of reach.\n", encoding="utf-8")


def without_patches(text):
    """A manifest's text without its patch tables."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.lstrip("[ ").startswith("patch")
        if not inside:
            kept.append(line)
    return "\n".join(kept) + "\n"


def patched(text, packages, folders):
    """A root manifest's text in which the packages are patched by folders, in patch tables that were there too."""
    tables = tomllib.loads(text).get("patch", {})
    used = []
    for table in tables.values():
        for key, entry in table.items():
            for package in packages:
                if isinstance(entry, dict) and package.name == entry.get("package", key) and same_url(entry.get("git", ""), package.url):
                    table[key] = {"path": str(folders[package.label()]), "package": package.name}
                    used.append(package)
    for package in packages:
        if package not in used:
            key = f"{package.name}-{package.version}".replace(".", "-").replace("+", "-")
            table = tables.setdefault(package.url, {})
            table[key] = {"path": str(folders[package.label()]), "package": package.name}
    lines = [without_patches(text)]
    for name, table in tables.items():
        lines.append(f"[patch.{json.dumps(name)}]")
        lines += [f"{json.dumps(key)} = {toml_text.value(entry)}" for key, entry in table.items()]
    return "\n".join(lines) + "\n"


def patch_names(text):
    """Names of packages that a root manifest's patch tables bring from git."""
    entries = [pair for table in tomllib.loads(text).get("patch", {}).values() for pair in table.items()]
    return {entry.get("package", key) for key, entry in entries if isinstance(entry, dict) and "git" in entry}


def put(workspace, crates, home=None):
    """Replaces what is out of reach in the workspace in a folder; the crates go below another. The packages that were replaced."""
    lock, manifest = workspace / "Cargo.lock", workspace / "Cargo.toml"
    if not lock.is_file():
        return []
    missing = [p for p in git_packages(lock.read_text(encoding="utf-8")) if not in_reach(p, home or cargo_home())]
    if not missing:
        return []
    metadata = run.cargo_metadata(workspace, "--no-deps")
    if metadata is None:
        run.fail(f"cargo metadata --no-deps fails in {workspace}")
    text = manifest.read_text(encoding="utf-8")
    by_patch = patch_names(text)
    asked = asked_for(missing, metadata)
    replaced = [p for p in missing if p in asked or p.name in by_patch]
    folders = {p.label(): crates / f"{p.name}-{p.version}" for p in replaced}
    for package in replaced:
        write_crate(folders[package.label()], package)
    manifest.write_text(patched(text, replaced, folders), encoding="utf-8")
    return [package.label() for package in replaced]
