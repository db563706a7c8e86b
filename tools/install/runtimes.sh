#!/usr/bin/env bash
# Installs the JavaScript runtimes that some tests run on and npm does not carry, on Debian and Ubuntu: Chromium,
# Firefox, WebKit with its driver and a display for it, and JavaScriptCore by itself. The tests start them by themselves;
# nothing is left running.
set -eu
. "$(dirname "$0")/packages.sh"
usage 'tools/install/runtimes.sh: installs chromium, firefox-esr, webkit2gtk-driver, xvfb and jsc on Debian or Ubuntu' "$@"

need chromium -- command -v chromium
need firefox-esr -- command -v firefox-esr
need webkit2gtk-driver -- command -v WebKitWebDriver
need xvfb -- command -v Xvfb
need libjavascriptcoregtk-4.0-bin -- command -v jsc
install_needed 'chromium, firefox-esr, webkit2gtk-driver, xvfb and jsc'
