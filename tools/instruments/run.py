"""Running other programs: the binary under test, git, cargo."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def fail(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def binary(given):
    """The binary to run: the one given, else the release build, else the debug build of this repository."""
    if given:
        path = pathlib.Path(given).resolve()
        return path if path.is_file() else fail(f"no binary at {path}")
    for profile in ("release", "debug"):
        path = REPOSITORY / "target" / profile / "cargo-prr"
        if path.is_file():
            return path
    return fail("no binary: run `cargo build --release` first, or name one with --binary")


def manifest(checkout):
    """The manifest of a checkout: its own, else the only one among its direct sub-folders."""
    top = pathlib.Path(checkout)
    if (top / "Cargo.toml").is_file():
        return top / "Cargo.toml"
    below = sorted(top.glob("*/Cargo.toml"))
    return below[0] if len(below) == 1 else fail(f"no single Cargo.toml in or just below {top}")


def prr(program, arguments, accepted=(0, 1)):
    """What the binary prints on standard output; ends the script when its status is not among the accepted."""
    done = subprocess.run([str(program), *map(str, arguments)], stdout=subprocess.PIPE, check=False)
    if done.returncode not in accepted:
        fail(f"`{' '.join(map(str, [program, *arguments]))}` ended with status {done.returncode}")
    return done.stdout


def prr_json(program, arguments, accepted=(0, 1)):
    return json.loads(prr(program, arguments, accepted))


def commit(checkout):
    """The commit that is checked out, and whether files differ from it."""
    head = subprocess.run(["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if head.returncode != 0:
        return None, True
    changed = subprocess.run(["git", "-C", str(checkout), "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, check=False)
    return head.stdout.strip(), bool(changed.stdout.strip())


def top_level(checkout):
    done = subprocess.run(["git", "-C", str(checkout), "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=False)
    return pathlib.Path(done.stdout.strip()) if done.returncode == 0 else pathlib.Path(checkout).resolve()


def toolchain():
    """The toolchain of this repository: a checkout's own rust-toolchain.toml may name one that is not here."""
    if "RUSTUP_TOOLCHAIN" in os.environ or shutil.which("rustup") is None:
        return {}
    active = subprocess.run(["rustup", "show", "active-toolchain"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return {"RUSTUP_TOOLCHAIN": active.stdout.split()[0]} if active.returncode == 0 and active.stdout.strip() else {}


def cargo(arguments, folder, env=None):
    """Runs cargo with the toolchain of this repository."""
    command = ["cargo", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **toolchain(), **(env or {})})


def cargo_metadata(folder, *extra, env=None):
    """`cargo metadata` offline, as JSON; None when cargo cannot say."""
    done = cargo(["metadata", "--format-version", "1", "--offline", *extra], folder, env)
    return json.loads(done.stdout) if done.returncode == 0 else None


def locate(root, name):
    """A file of a report below a folder, whatever the folder is that its name starts from."""
    path = pathlib.PurePosixPath(name)
    if path.is_absolute():
        path = pathlib.PurePosixPath(os.path.relpath(path, root))
    for skip in range(len(path.parts)):
        short = pathlib.PurePosixPath(*path.parts[skip:])
        if (root / short).is_file():
            return short.as_posix()
    return None


def share(part, whole):
    return f"{100 * part / whole:6.2f} %" if whole else "     –  "


def table(rows, heading):
    """Lines of a plain table: first column left, the others right."""
    cells = [list(map(str, heading)), *[list(map(str, row)) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heading))]
    lines = []
    for number, row in enumerate(cells):
        lines.append("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip())
        if number == 0:
            lines.append("  ".join("-" * w for w in widths))
    return "\n".join(lines)
