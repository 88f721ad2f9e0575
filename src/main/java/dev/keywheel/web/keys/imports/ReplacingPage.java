package dev.keywheel.web.keys.imports;

import dev.keywheel.key.imports.RunningReplacement;
import dev.keywheel.web.keys.list.KeyProgress;
import dev.keywheel.web.page.Htmx;

/** A replacement of secrets while a job makes it. */
public record ReplacingPage(RunningReplacement running, String provider) {
  public static final String TITLE = "Replacing secrets";

  public KeyProgress progress() {
    return KeyProgress.of(running).withoutPage();
  }

  /** The form that the text came from. */
  public String start() {
    return "/keys/replacements?provider=" + running.provider();
  }

  /** The address of the part that is polled. */
  public String path() {
    return "/keys/replacements/" + running.id() + "/progress";
  }

  public String cancellation() {
    return "/keys/replacements/" + running.id() + "/cancellation";
  }

  public String version() {
    return Htmx.version(running);
  }
}
