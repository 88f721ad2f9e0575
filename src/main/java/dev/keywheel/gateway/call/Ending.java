package dev.keywheel.gateway.call;

import dev.keywheel.gateway.http.ClientChannel;
import dev.keywheel.gateway.http.ErrorKind;
import dev.keywheel.gateway.http.GatewayError;
import dev.keywheel.gateway.ledger.GatewayRequestState;
import org.jspecify.annotations.Nullable;

/**
 * How a request ended, for the ledger.
 *
 * @param httpStatus the status sent to the client; null when the client disconnected before that
 * @param reason the error code, followed by a colon and the message if the gateway refused the
 *     request; {@code model:empty} for an answer without content, or {@code client_stalled} for a
 *     client that did not read; otherwise null
 */
record Ending(GatewayRequestState state, @Nullable Integer httpStatus, @Nullable String reason) {

  static Ending gone(ClientChannel channel, boolean stalled) {
    return new Ending(
        GatewayRequestState.CLIENT_GONE, channel.status(), stalled ? "client_stalled" : null);
  }

  /**
   * The ending after an exception: truncated if content was sent to the client. A status that only
   * keep-alive comments follow does not count as content.
   */
  static Ending failed(ClientChannel channel, CallRecord record, GatewayError error) {
    var state = record.hasContent() ? GatewayRequestState.TRUNCATED : GatewayRequestState.FAILED;
    return channel.committed()
        ? new Ending(state, channel.status(), error.kind().code())
        : failed(record, error);
  }

  /** The ending after an exception before anything was sent to the client. */
  static Ending failed(CallRecord record, GatewayError error) {
    boolean refused = record.attempts() == 0 && error.kind() == ErrorKind.UNAVAILABLE;
    return of(refused ? GatewayRequestState.REFUSED : GatewayRequestState.FAILED, error);
  }

  /** A refusal keeps its message, because one code has several causes. */
  static Ending of(GatewayRequestState state, GatewayError error) {
    String code = error.kind().code();
    return new Ending(
        state,
        error.kind().status(),
        state == GatewayRequestState.REFUSED ? code + ": " + error.message() : code);
  }
}
