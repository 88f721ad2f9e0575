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

  public String version() {
    return Htmx.version(running);
  }
}
