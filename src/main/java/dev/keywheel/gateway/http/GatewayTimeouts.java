package dev.keywheel.gateway.http;

import java.time.Duration;

/**
 * How long the gateway waits, and for what.
 *
 * @param connect for the provider to take the connection
 * @param firstEvent for the first event with content of a stream; comments do not count
 * @param firstByte for the answer to a request that is not streamed; blank bytes do not count
 * @param silence without any byte
 * @param idle without content in a stream, whatever comments come
 * @param total for a request with all its attempts
 * @param clientStalled without the client taking what is written
 * @param hold until the client of a stream gets its status, and then between comments
 * @param upload for the body of a request, besides a second for each kB of it
 */
public record GatewayTimeouts(
    Duration connect,
    Duration firstEvent,
    Duration firstByte,
    Duration silence,
    Duration idle,
    Duration total,
    Duration clientStalled,
    Duration hold,
    Duration upload) {

  public static final GatewayTimeouts USUAL =
      new GatewayTimeouts(
          Duration.ofSeconds(5),
          Duration.ofSeconds(120),
          Duration.ofSeconds(600),
          Duration.ofSeconds(60),
          Duration.ofSeconds(300),
          Duration.ofSeconds(3_600),
          Duration.ofSeconds(60),
          Duration.ofSeconds(15),
          Duration.ofSeconds(10));
}
