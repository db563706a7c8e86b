# Sourced by the scripts beside it. Each names what it needs: `need PACKAGE... -- COMMAND` where the command fails, and
# `install_needed` at its end. Elsewhere than on Debian and Ubuntu, and without root or sudo, it is told what to install
# by hand: tests that miss something are skipped aloud.

# What a script says of itself, and what it answers to arguments.
usage() {
  [ $# -eq 1 ] && return
  echo "usage: $1"
  [ "$2" = --help ] && exit 0
  exit 2
}

missing=()

need() {
  local packages=()
  while [ "$1" != -- ]; do
    packages+=("$1")
    shift
  done
  shift
  "$@" >/dev/null 2>&1 || missing+=("${packages[@]}")
}

install_needed() {
  if [ ${#missing[@]} -eq 0 ]; then
    echo "$1: all is installed"
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "missing: ${missing[*]}. Install them as root" >&2; exit 1; }
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null || { echo "missing: ${missing[*]}. This is not Debian: install them by hand" >&2; exit 1; }
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A service that a package would start is not wanted: the tests start their own.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    # Now, since the names are gone at the end.
    trap "${as_root[*]} rm -f $policy" EXIT
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  echo "installed: ${missing[*]}"
}
