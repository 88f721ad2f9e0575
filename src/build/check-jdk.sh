#!/bin/sh
# Keywheel is compiled and run on JDK 25 or later, whatever Maven itself runs on. Says so in one sentence when there is
# none to be seen; the search proper, and the choice, are the toolchains plugin's.
[ -f "$HOME/.m2/toolchains.xml" ] && exit 0
for home in "$JAVA_HOME" "$JDK25_HOME" "$JAVA25_HOME" /usr/lib/jvm/* /usr/java/* /opt/* /opt/java/* "$HOME"/.jdks/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.asdf/installs/java/* "$HOME"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
  [ -f "$home/release" ] || continue
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
  [ "${version:-0}" -ge 25 ] && [ -x "$home/bin/javac" ] && exit 0
done
echo "Keywheel needs a JDK 25 or later beside the one that Maven runs on, and none was found." >&2
echo "Install one (Debian 13: apt-get install openjdk-25-jdk-headless), or name it in ~/.m2/toolchains.xml." >&2
exit 1
