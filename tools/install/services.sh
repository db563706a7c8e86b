#!/usr/bin/env bash
# Installs the servers that some tests run against, on Debian and Ubuntu: Redis, PostgreSQL, and libfaketime, which
# steps their clocks. The tests start them by themselves, on loopback; nothing is left running as a service.
set -eu
. "$(dirname "$0")/packages.sh"
usage 'tools/install/services.sh: installs redis-server, postgresql and libfaketime on Debian or Ubuntu' "$@"

need redis-server -- command -v redis-server
need postgresql -- compgen -G '/usr/lib/postgresql/*/bin/postgres'
need libfaketime -- compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1'
install_needed 'redis-server, postgresql and libfaketime'
