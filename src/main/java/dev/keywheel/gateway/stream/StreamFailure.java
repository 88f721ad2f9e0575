package dev.keywheel.gateway.stream;

/**
 * The reason for which the gateway ends a stream.
 *
 * @param code the error code, as in answers that are not streams
 * @param message a sentence for the client
 */
public record StreamFailure(String code, String message, String requestId) {}
