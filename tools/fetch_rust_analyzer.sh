#!/usr/bin/env bash
# Brings rust-analyzer and the sources of std into a folder of their own, from Debian's packages; nothing is installed on the system.
#
#   tools/fetch_rust_analyzer.sh [FOLDER]        default: target/rust-analyzer
#
# Leaves there: rust-analyzer (a wrapper that starts it with its own loader and libraries), rust-src (so that rust-src/library exists),
# config.json (how the instruments want it configured), rustc-wrapper (build scripts and procedural macros are built, the rest is not
# checked). Needs Debian's apt-get and dpkg, and downloads about 130 MB. The mirror and its keyring are those of the system's own sources.
# SUITE=trixie takes the versions of another suite than sid.
set -euo pipefail
suite=${SUITE:-sid}
folder=${1:-$(dirname "$0")/../target/rust-analyzer}
mkdir -p "$folder"
folder=$(realpath "$folder")
if [ -x "$folder/rust-analyzer" ] && "$folder/rust-analyzer" --version >/dev/null 2>&1; then
    "$folder/rust-analyzer" --version
    exit 0
fi

sources=$(grep -lsE '^URIs:' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/*.sources | head -n 1 || true)
[ -n "$sources" ] || { echo "no deb822 sources of this system to read the mirror from" >&2; exit 2; }
mirror=$(awk '/^URIs:/ { print $2; exit }' "$sources")
keyring=$(awk '/^Signed-By:/ { print $2; exit }' "$sources")

work=$folder/apt
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
options=(
    -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
)
apt-get "${options[@]}" update -qq

# The packages that it needs and that need nothing of the running system: everything below it.
packages=$(apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances rust-analyzer | grep -E '^[a-z0-9]' | grep -vE '^(gcc-[0-9]+-base|libc-gconv.*|debconf.*|cdebconf|perl.*|dpkg)$' | sort -u)
names=()
for package in $packages rust-src; do
    version=$(apt-cache "${options[@]}" madison "$package" | awk -F'|' -v s="$suite/" 'index($3, s) { gsub(/ /, "", $2); print $2; exit }')
    [ -z "$version" ] || names+=("$package=$version")
done
(cd "$work/debs" && apt-get "${options[@]}" download -qq "${names[@]}")

rm -rf "$folder/root"
for deb in "$work"/debs/*.deb; do
    dpkg -x "$deb" "$folder/root"
done
rm -rf "$folder/rust-src"
mv "$(find "$folder/root/usr/src" -maxdepth 1 -name 'rustc-*' -type d | head -n 1)" "$folder/rust-src"
rm -rf "$work"

cat >"$folder/rust-analyzer" <<'WRAPPER'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu:$root/usr/lib" "$root/usr/bin/rust-analyzer" "$@"
WRAPPER
cat >"$folder/rustc-wrapper" <<'WRAPPER'
#!/bin/sh
# What would only be checked is skipped; build scripts and procedural macros are linked, and so are what they depend on.
check=0
for argument in "$@"; do
    case $argument in
    --emit=*link*) ;;
    --emit=*metadata*) check=1 ;;
    esac
done
[ "$check" = 1 ] && exit 0
exec "$@"
WRAPPER
cat >"$folder/config.json" <<CONFIG
{
  "cargo": {
    "sysrootSrc": "$folder/rust-src/library",
    "buildScripts": { "enable": true, "useRustcWrapper": false },
    "cfgs": ["debug_assertions"]
  },
  "cfg": { "setTest": false },
  "procMacro": { "enable": true },
  "cachePriming": { "enable": false }
}
CONFIG
chmod +x "$folder/rust-analyzer" "$folder/rustc-wrapper"
"$folder/rust-analyzer" --version
