#!/bin/sh
# The browser tests need a Chromium. Finds one, or installs Debian's when this is root on Debian; otherwise says what to
# install and stops the build: a browser test is never skipped in silence.
for b in "$KEYWHEEL_CHROMIUM" chromium-headless-shell chrome-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
  [ -n "$b" ] && command -v "$b" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "No Chromium found: installing Debian's for the browser tests"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  # The shell without windows draws twice as fast; older releases have only the whole browser.
  for b in chromium-headless-shell chromium; do
    apt-get -qq install -y --no-install-recommends "$b" fonts-liberation fonts-noto-color-emoji >/dev/null \
      && command -v "$b" >/dev/null 2>&1 && exit 0
  done
fi
echo "The browser tests need Chromium. Install it (Debian: apt-get install chromium), or set KEYWHEEL_CHROMIUM to its path." >&2
exit 1
