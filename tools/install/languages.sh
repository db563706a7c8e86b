#!/usr/bin/env bash
# Installs the toolchains that `npm run test:languages` runs the test vectors with, on Debian and Ubuntu: Go, Python with
# venv, Rust, a JDK and Maven. What is there already, from whatever source, stays as it is.
set -eu
. "$(dirname "$0")/packages.sh"
usage 'tools/install/languages.sh: installs golang, python3-venv, cargo, openjdk-17-jdk-headless and maven on Debian or Ubuntu, where they are missing' "$@"

need golang -- command -v go
need python3 python3-venv -- python3 -c 'import ensurepip, venv'
need cargo rustc -- command -v cargo
need openjdk-17-jdk-headless -- javac --release 17 --help
need maven -- command -v mvn
install_needed 'Go, Python with venv, Rust, a JDK and Maven'
