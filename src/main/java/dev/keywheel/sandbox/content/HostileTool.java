package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.Resources;

/** A tool that attempts forbidden actions, to demonstrate that the sandboxed frame blocks them. */
final class HostileTool {

  private HostileTool() {}

  static String of(String correct) {
    return correct.replace("</body>", Resources.text("tool/hostile.html") + "</body>");
  }
}
