package dev.keywheel.sandbox.faults;

import dev.keywheel.sandbox.base.Resources;

/** A tool that tries everything it may not, to show that its frame holds. */
public final class HostileTool {

  private HostileTool() {}

  public static String of(String sound) {
    return sound.replace("</body>", Resources.text("tool/hostile.html") + "</body>");
  }
}
