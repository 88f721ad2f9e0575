package dev.keywheel.gateway.stream;

/**
 * Why the gateway itself ends a stream.
 *
 * @param code as in the errors of answers that are not streams
 * @param message a sentence for the client
 */
public record StreamFailure(String code, String message, String requestId) {}
