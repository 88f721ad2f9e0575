package dev.keywheel.web.form;

import dev.keywheel.problem.Rejected;

/** Rejects a request body that is larger than the server reads. */
public final class TooLarge extends Rejected {
  /**
   * @param largest the limit in bytes
   */
  public TooLarge(long largest) {
    super(
        "A request may have up to "
            + (largest < 1_000_000 ? largest / 1_000 + " kB" : largest / 1_000_000 + " MB")
            + "; this one is larger. Nothing was changed. What you wrote is still on"
            + " the previous page: go back and send it in parts.");
  }
}
