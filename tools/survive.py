#!/usr/bin/env python3
"""Runs the tool over checkouts and published crates, and fails on what must never happen: a panic, an output that is cut off, a run that
does not end, another output on another number of threads or from a filled cache.

    tools/survive.py [--checkout DIR..] [--crates FILE] --work DIR [--binary FILE] [--timeout SECONDS] [--json FILE]

--crates   lines `name version`: cargo fetches each from the registry (with what it needs, each in a graph of its own); a copy of its source
           is checked as a workspace
--work     folder for copies and caches

Each source is run four times: `check` and `resolve`, with one thread and an empty cache, and with eight threads and the cache of the first
run. Both outputs of a command must be the same bytes. Status 0 and 1 are fine; 2 is, when the message names a file or argument.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import fetch_sources
from instruments import run, stand_ins

THREADS = (1, 8)
COMMANDS = {
    "check": ["check", "--format", "json", "--show", "notes,unknown", "--preview", "--exit-zero"],
    "resolve": ["resolve", "--format", "json"],
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", action="extend", nargs="+", default=[], type=pathlib.Path)
    parser.add_argument("--crates", type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--binary")
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


# --- sources


def crates(text):
    """Names and versions of a list."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [(line[0], line[1]) for line in lines if len(line) == 2]


def published(name, version, work):
    """A copy of a crate's source; None and why, when cargo cannot bring it."""
    copy = work / "crates" / f"{name}-{version}"
    if copy.is_dir():
        return copy, None
    registry = stand_ins.cargo_home() / "registry" / "src"

    def source():
        return next(iter(sorted(registry.glob(f"*/{name}-{version}"))), None)

    trouble = None if source() else fetch_sources.fetch_packages([(name, version)])
    if source() is None:
        return None, trouble or "cargo fetched it to an unknown place"
    part = copy.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(source(), part)
    part.rename(copy)
    return copy, None


# --- runs


def once(program, arguments, threads, cache, timeout):
    """One run: output, milliseconds, megabytes, and what is wrong with it."""
    env = {**os.environ, **run.toolchain(), "RAYON_NUM_THREADS": str(threads), "CARGO_PRR_CACHE": str(cache)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        child = subprocess.Popen([str(program), *map(str, arguments)], stdout=out, stderr=err, env=env)
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return b"", timeout * 1000, f"no end after {timeout:.0f} s"
        took = (time.perf_counter() - started) * 1000
        out.seek(0)
        err.seek(0)
        told, errors = out.read(), err.read().decode(errors="replace")
    return told, took, trouble(child.returncode, told, errors)


def trouble(status, told, errors):
    """What is wrong with a run; None when nothing is."""
    first = errors.strip().split("\n")[0][:200]
    if status < 0:
        return f"killed by signal {-status}"
    if "panicked" in errors or "internal error" in errors or status not in (0, 1, 2):
        return f"status {status}: {first}"
    if status == 2:
        return None if errors.startswith("error: ") else "status 2 without a message"
    try:
        json.loads(told)
    except ValueError as error:
        return f"output is no JSON: {error}"
    return None


def examine(name, folder, program, work, timeout):
    """All runs of one source."""
    result = {"name": name, "troubles": [], "ms": {}}
    for command, arguments in COMMANDS.items():
        cache, outputs = work / "cache" / name, []
        shutil.rmtree(cache, ignore_errors=True)
        for threads in THREADS:
            told, took, wrong = once(program, [*arguments, "--manifest-path", run.manifest(folder)], threads, cache, timeout)
            outputs.append(told)
            result["ms"][f"{command} {threads}"] = took
            if wrong:
                result["troubles"].append(f"{command}, {threads} threads: {wrong}")
        if len(set(outputs)) > 1:
            result["troubles"].append(f"{command}: other bytes on {THREADS[1]} threads than on {THREADS[0]}: {difference(*outputs)}")
        if command == "check" and outputs[0].startswith(b"{"):
            report = json.loads(outputs[0])
            result |= {"percent": report["coverage"]["percent"], "files": report["coverage"]["files"], "findings": len(report["findings"])}
        shutil.rmtree(cache, ignore_errors=True)
    return result


def difference(one, other):
    """Where two outputs part, with a little text."""
    at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    parts = [text[max(0, at - 60) : at + 40].decode(errors="replace") for text in (one, other)]
    return f"byte {at}: ..{parts[0]}.. and ..{parts[1]}.."


def main():
    given = arguments()
    program, failures, results = run.binary(given.binary), [], []
    given.work.mkdir(parents=True, exist_ok=True)
    sources = [(path.resolve().name, path.resolve()) for path in given.checkout]
    for name, version in crates(given.crates.read_text(encoding="utf-8")) if given.crates else []:
        folder, wrong = published(name, version, given.work.resolve())
        if folder is None:
            failures.append(f"{name} {version}: {wrong}")
        else:
            sources.append((folder.name, folder))
    for number, (name, folder) in enumerate(sources, 1):
        print(f"{number} of {len(sources)}: {name}", file=sys.stderr)
        results.append(examine(name, folder, program, given.work.resolve(), given.timeout))
    rows = []
    for r in results:
        known = [r.get(key, "–") for key in ("files", "percent", "findings")]
        rows.append([r["name"], *known, *(f"{r['ms'][f'check {t}']:.0f}" for t in THREADS), "; ".join(r["troubles"])[:60] or "none"])
    print(run.table(rows, ["source", "files", "understood %", "findings", "check ms, 1 thread", "8 threads", "trouble"]))
    failures += [f"{r['name']}: {wrong}" for r in results for wrong in r["troubles"]]
    if given.json:
        given.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    for line in failures:
        print(f"failed: {line}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
