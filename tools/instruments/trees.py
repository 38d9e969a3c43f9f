"""Copies of the commits that are checked out somewhere, kept in a cache folder, for programs that write into what they look at or need what
the checkout does not have: stand-ins for git dependencies out of reach, and a lock file that fits."""

import shutil
import subprocess
import sys

from . import run, stand_ins


def lay_out(checkout, cache):
    """The tree of the commit that is checked out, and the commit. Says what stands in for what; ends the script when cargo cannot tell the
    dependencies: where it cannot, a compiler or an analyser sees none of them."""
    commit, changed = run.commit(checkout)
    if commit is None:
        run.fail(f"{checkout} is no git checkout")
    if changed:
        print(f"warning: {checkout} has changes; its last commit is compared", file=sys.stderr)
    tree, replaced = cache / "tree" / commit, cache / f"{commit}.stand-ins"
    if not tree.is_dir():
        part = tree.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        archive = subprocess.run(["git", "-C", str(checkout), "archive", "HEAD"], stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "x", "-C", str(part)], input=archive.stdout, check=True)
        lines = stand_ins.put(run.manifest(part).parent, cache / "stand-ins" / commit)
        replaced.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        part.rename(tree)
    for line in replaced.read_text(encoding="utf-8").splitlines() if replaced.is_file() else []:
        print(f"{checkout.resolve().name}: an empty crate stands in for {line}", file=sys.stderr)
    folder = run.manifest(tree).parent
    done = run.cargo(["metadata", "--format-version", "1", "--offline"], folder)
    if done.returncode != 0:
        run.fail(f"cargo metadata --offline fails in {folder}; tools/fetch_sources.py brings what is missing:\n{done.stderr.strip()}")
    return tree, commit
