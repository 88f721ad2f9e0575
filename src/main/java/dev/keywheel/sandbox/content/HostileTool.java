package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.Resources;

/** A tool that attempts everything forbidden, to demonstrate that the frame confines it. */
final class HostileTool {

  private HostileTool() {}

  static String of(String sound) {
    return sound.replace("</body>", Resources.text("tool/hostile.html") + "</body>");
  }
}
