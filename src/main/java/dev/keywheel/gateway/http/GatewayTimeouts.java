package dev.keywheel.gateway.http;

import java.time.Duration;

/**
 * The timeouts of the gateway: each component is a maximum time.
 *
 * @param connect for connecting to the provider
 * @param firstEvent until the first content of a stream; comments do not count
 * @param firstByte until the first byte of an unstreamed answer; white space does not count
 * @param silence without any byte while an answer arrives
 * @param idle without content in a stream, even if comments arrive
 * @param total for a request with all its attempts
 * @param clientStalled for the client to take up to 64 kB that are written to it
 * @param statusHold from the arrival of the request until the client of a stream gets its status
 *     and a keep-alive comment; with zero, it gets them as soon as a call is sent
 * @param keepAlive between keep-alive comments
 * @param upload for the body of a request, plus one second for each kB that has arrived
 */
public record GatewayTimeouts(
    Duration connect,
    Duration firstEvent,
    Duration firstByte,
    Duration silence,
    Duration idle,
    Duration total,
    Duration clientStalled,
    Duration statusHold,
    Duration keepAlive,
    Duration upload) {

  public static final GatewayTimeouts DEFAULT = withStatusHold(Duration.ofSeconds(15));

  /** The default timeouts with this time until the client of a stream gets its status. */
  public static GatewayTimeouts withStatusHold(Duration statusHold) {
    return new GatewayTimeouts(
        Duration.ofSeconds(5),
        Duration.ofSeconds(120),
        Duration.ofSeconds(600),
        Duration.ofSeconds(60),
        Duration.ofSeconds(300),
        Duration.ofSeconds(3_600),
        Duration.ofSeconds(60),
        statusHold,
        Duration.ofSeconds(15),
        Duration.ofSeconds(10));
  }
}
