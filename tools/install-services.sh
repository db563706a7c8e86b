#!/usr/bin/env bash
# Installs the servers that some tests run against, on Debian and Ubuntu: Redis, PostgreSQL, and libfaketime, which
# steps their clocks. Elsewhere, and without root or sudo, install them by hand: tests that miss one are skipped.
# The tests start them by themselves, on loopback; nothing is left running as a service.
set -eu

case "${1:-}" in
'') ;;
*)
  echo 'usage: tools/install-services.sh: installs redis-server, postgresql and libfaketime on Debian or Ubuntu'
  [ "$1" = --help ] && exit 0
  exit 2
  ;;
esac

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || missing+=(libfaketime)
if [ ${#missing[@]} -eq 0 ]; then
  echo 'redis-server, postgresql and libfaketime are installed'
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
# A service that the package would start is not wanted: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "installed: ${missing[*]}"
