package dev.keywheel.web.keys.imports;

import dev.keywheel.key.imports.SecretReplacements;
import dev.keywheel.web.keys.list.KeyProgress;
import dev.keywheel.web.page.Htmx;

/** The progress of a replacement of secrets by a background job. */
public record ReplacingPage(SecretReplacements.RunningReplacement running, String provider) {
  public static final String TITLE = "Replacing secrets";

  public KeyProgress progress() {
    return KeyProgress.of(running).withoutPage();
  }

  /** Address of the form in which the text was sent. */
  public String start() {
    return "/keys/replacements?provider=" + running.provider();
  }

  /** Address of the polled fragment. */
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
