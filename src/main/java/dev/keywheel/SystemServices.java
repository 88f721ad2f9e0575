package dev.keywheel;

import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.time.Delayer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * What Keywheel takes from outside itself and a test may give: time, waiting, chance, and how the
 * sandbox behaves.
 *
 * @param clock this machine's own; what nodes share goes by the database's
 */
record SystemServices(
    InstantSource clock, Delayer pause, SecureRandom random, SandboxOptions sandbox) {

  static SystemServices real() {
    // Shifts this node's own clock, for experiments with clocks that differ.
    var offset = Duration.parse(System.getProperty("keywheel.clockOffset", "PT0S"));
    InstantSource clock = () -> Instant.now().plus(offset);
    return new SystemServices(clock, Delayer.real(), new SecureRandom(), SandboxOptions.demo());
  }
}
