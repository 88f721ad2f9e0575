#!/bin/sh
# The browser tests need a Chromium. Finds one, or installs Debian's if run as root on Debian; otherwise stops the build with
# a message, because a browser test must not be skipped silently.
for b in "$KEYWHEEL_CHROMIUM" chromium-headless-shell chrome-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
  [ -n "$b" ] && command -v "$b" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "No Chromium found: installing Debian's for the browser tests"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  # The headless shell renders twice as fast; older releases of Debian have only the full browser.
  for b in chromium-headless-shell chromium; do
    apt-get -qq install -y --no-install-recommends "$b" fonts-liberation fonts-noto-color-emoji >/dev/null \
      && command -v "$b" >/dev/null 2>&1 && exit 0
  done
fi
echo "The browser tests need Chromium. Install it (Debian: apt-get install chromium), or set KEYWHEEL_CHROMIUM to its path." >&2
exit 1
