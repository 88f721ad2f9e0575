package dev.keywheel.gateway.peek;

import java.io.IOException;

/** Ends the pass over a body with the reason why the body is refused. */
final class Refusal extends IOException {
  private static final long serialVersionUID = 1;
  private final String reason;

  Refusal(String reason) {
    super(reason, null);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
