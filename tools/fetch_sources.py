#!/usr/bin/env python3
"""Brings the registry sources of a lock file to this machine, also where `cargo fetch` cannot (a git dependency out of reach, a pinned
toolchain that is not installed).

    tools/fetch_sources.py LOCKFILE..

Every registry package of the lock files goes into one throw-away manifest per file, each under a name of its own and at its exact
version, and cargo fetches that. Git dependencies stay missing and are counted. Ends with 1 if cargo could not bring something.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import tomllib


def fetch(lock):
    packages = tomllib.loads(lock.read_text()).get("package", [])
    registry = sorted({(p["name"], p["version"]) for p in packages if p.get("source", "").startswith("registry+")})
    others = {p["name"] for p in packages if p.get("source", "").startswith("git+")}
    lines = ['[package]', 'name = "sources"', 'version = "0.0.0"', 'edition = "2021"', '[lib]', 'path = "lib.rs"', '[dependencies]']
    # `links` is unique per graph, so a package that stands in two versions and links a library goes into a manifest of its own.
    rounds = [[]]
    for name, version in registry:
        free = next((r for r in rounds if name not in {n for n, _ in r}), None)
        if free is None:
            free = []
            rounds.append(free)
        free.append((name, version))
    ok = True
    for chosen in rounds:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "lib.rs").touch()
            wanted = [f'd{i} = {{ package = "{n}", version = "={v}", default-features = false }}' for i, (n, v) in enumerate(chosen)]
            (folder / "Cargo.toml").write_text("\n".join(lines + wanted) + "\n")
            # The same choices for what the packages themselves pull in; and a yanked version is taken only if a lock file names it.
            (folder / "Cargo.lock").write_text(lock.read_text())
            env = dict(os.environ, CARGO_NET_GIT_FETCH_WITH_CLI="false")
            done = subprocess.run(["cargo", "fetch", "--quiet"], cwd=folder, env=env, capture_output=True, text=True)
            if done.returncode != 0:
                ok = False
                print(f"{lock}: {done.stderr.strip()}", file=sys.stderr)
    print(f"{lock}: {len(registry)} packages of registries, {len(others)} of git left out")
    return ok


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(2 if len(sys.argv) < 2 else 0)
    results = [fetch(pathlib.Path(p)) for p in sys.argv[1:]]
    sys.exit(0 if all(results) else 1)


main()
