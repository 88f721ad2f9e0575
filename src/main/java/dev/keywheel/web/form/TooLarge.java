package dev.keywheel.web.form;

import dev.keywheel.problem.Rejected;

/** More was sent than is read. */
public final class TooLarge extends Rejected {
  private static final long serialVersionUID = 1L;

  public TooLarge() {
    super(
        "Up to "
            + RequestSize.LARGEST_MB
            + " MB are taken at once, and this is more. Nothing was done, and what you wrote is"
            + " still in the page before this one: go back to it and send it in parts.");
  }
}
