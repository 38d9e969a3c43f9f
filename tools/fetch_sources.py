#!/usr/bin/env python3
"""Brings the registry sources of a lock file to this machine, also where `cargo fetch` cannot (a git dependency out of reach, a pinned
toolchain that is not installed).

    tools/fetch_sources.py LOCKFILE..

Every registry package of the lock files goes into one throw-away manifest per file, each under a name of its own and at its exact
version, and cargo fetches that. Git dependencies stay missing and are counted. Ends with 1 if cargo could not bring something.
"""

import pathlib
import sys
import tempfile
import tomllib

from instruments import run

HEADER = '[package]\nname = "sources"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\n'


def fetch_packages(packages, lock=None):
    """Has cargo fetch packages, (name, version) each; None, or what cargo says when it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "lib.rs").touch()
        wanted = [f'd{i} = {{ package = "{n}", version = "={v}", default-features = false }}\n' for i, (n, v) in enumerate(packages)]
        (folder / "Cargo.toml").write_text(HEADER + "".join(wanted), encoding="utf-8")
        if lock is not None:
            # The same choices for what the packages themselves pull in; and a yanked version is taken only if a lock file names it.
            (folder / "Cargo.lock").write_text(lock, encoding="utf-8")
        done = run.cargo(["fetch", "--quiet"], folder)
        return done.stderr.strip() if done.returncode != 0 else None


def rounds(packages):
    """Packages in groups without a name twice: `links` is unique per graph, and a package that links may stand in two versions."""
    result = [[]]
    for name, version in packages:
        free = next((group for group in result if name not in {n for n, _ in group}), None)
        if free is None:
            free = []
            result.append(free)
        free.append((name, version))
    return result


def fetch_apart(packages, fetch_group):
    """Troubles that remain: what cannot be resolved together (two packages that want different versions of a third) is fetched in halves."""
    trouble = fetch_group(packages)
    if trouble is None:
        return []
    if len(packages) == 1:
        return [trouble]
    middle = len(packages) // 2
    return fetch_apart(packages[:middle], fetch_group) + fetch_apart(packages[middle:], fetch_group)


def fetch(lock):
    text = lock.read_text(encoding="utf-8")
    packages = tomllib.loads(text).get("package", [])
    registry = sorted({(p["name"], p["version"]) for p in packages if p.get("source", "").startswith("registry+")})
    others = {p["name"] for p in packages if p.get("source", "").startswith("git+")}
    troubles = [trouble for group in rounds(registry) for trouble in fetch_apart(group, lambda part: fetch_packages(part, text))]
    for trouble in troubles:
        print(f"{lock}: {trouble}", file=sys.stderr)
    print(f"{lock}: {len(registry)} packages of registries, {len(others)} of git left out")
    return not troubles


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(2 if len(sys.argv) < 2 else 0)
    results = [fetch(pathlib.Path(p)) for p in sys.argv[1:]]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
