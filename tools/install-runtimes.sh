#!/usr/bin/env bash
# Installs the JavaScript runtimes that some tests run on and npm does not carry, on Debian and Ubuntu: Chromium,
# Firefox, WebKit with its driver and a display for it, and JavaScriptCore by itself. Elsewhere, and without root or
# sudo, install them by hand: tests that miss one are skipped. The tests start them by themselves; nothing is left
# running.
set -eu

case "${1:-}" in
'') ;;
*)
  echo 'usage: tools/install-runtimes.sh: installs chromium, firefox-esr, webkit2gtk-driver, xvfb and jsc on Debian or Ubuntu'
  [ "$1" = --help ] && exit 0
  exit 2
  ;;
esac

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v firefox-esr >/dev/null || missing+=(firefox-esr)
command -v WebKitWebDriver >/dev/null || missing+=(webkit2gtk-driver)
command -v Xvfb >/dev/null || missing+=(xvfb)
command -v jsc >/dev/null || missing+=(libjavascriptcoregtk-4.0-bin)
if [ ${#missing[@]} -eq 0 ]; then
  echo 'chromium, firefox-esr, webkit2gtk-driver, xvfb and jsc are installed'
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
# Packages that come along may bring services: none is wanted.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "installed: ${missing[*]}"
