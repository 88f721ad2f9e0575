#!/bin/sh
# Keywheel is compiled and run on JDK 25 or later, whatever JDK runs Maven. Stops the build with a message if none is found;
# the toolchains plugin makes the complete search and selects the JDK.
[ -f "$HOME/.m2/toolchains.xml" ] && exit 0
for home in "$JAVA_HOME" "$JDK25_HOME" "$JAVA25_HOME" /usr/lib/jvm/* /usr/java/* /opt/* /opt/java/* "$HOME"/.jdks/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.asdf/installs/java/* "$HOME"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
  [ -f "$home/release" ] || continue
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
  [ "${version:-0}" -ge 25 ] && [ -x "$home/bin/javac" ] && exit 0
done
echo "Keywheel needs JDK 25 or later, and none was found. Maven itself may run on an older JDK." >&2
echo "Install one (Debian 13: apt-get install openjdk-25-jdk-headless), or name it in ~/.m2/toolchains.xml." >&2
exit 1
