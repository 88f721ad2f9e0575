package dev.keywheel.gateway.peek;

/** A request body that was read, or the reason why it is refused. */
public sealed interface PeekResult permits RequestPeek, PeekResult.Malformed {

  /**
   * @param reason a sentence for the client, without any of the body's content
   */
  record Malformed(String reason) implements PeekResult {}
}
