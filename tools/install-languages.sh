#!/usr/bin/env bash
# Installs the toolchains that `npm run test:languages` runs the test vectors with, on Debian and Ubuntu: Go, Python with
# venv, Rust, a JDK and Maven. What is there already, from whatever source, stays as it is. Elsewhere, and without root or
# sudo, install them by hand: a runner whose toolchain is absent is skipped aloud.
set -eu

case "${1:-}" in
'') ;;
*)
  echo 'usage: tools/install-languages.sh: installs golang, python3-venv, cargo, openjdk-17-jdk-headless and maven on Debian or Ubuntu, where they are missing'
  [ "$1" = --help ] && exit 0
  exit 2
  ;;
esac

missing=()
command -v go >/dev/null || missing+=(golang)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
command -v cargo >/dev/null || missing+=(cargo rustc)
javac --release 17 --help >/dev/null 2>&1 || missing+=(openjdk-17-jdk-headless)
command -v mvn >/dev/null || missing+=(maven)
if [ ${#missing[@]} -eq 0 ]; then
  echo 'Go, Python with venv, Rust, a JDK and Maven are installed'
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "missing: ${missing[*]}. Install them as root" >&2; exit 1; }
  as_root=(sudo)
fi
command -v apt-get >/dev/null || { echo "missing: ${missing[*]}. This is not Debian: install them by hand" >&2; exit 1; }

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "installed: ${missing[*]}"
