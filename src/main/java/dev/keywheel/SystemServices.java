package dev.keywheel;

import dev.keywheel.people.Passwords;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.time.Delayer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * What a test replaces: time, waiting, randomness, the cost of hashing a password, and how the
 * sandbox behaves.
 *
 * @param clock of this machine; what nodes share uses the database's clock
 */
record SystemServices(
    InstantSource clock,
    Delayer pause,
    SecureRandom random,
    Passwords passwords,
    SandboxOptions sandbox) {

  static SystemServices real() {
    // Shifts this node's own clock, for experiments with clocks that differ.
    var offset = Duration.parse(System.getProperty("keywheel.clockOffset", "PT0S"));
    InstantSource clock = () -> Instant.now().plus(offset);
    return new SystemServices(
        clock, Delayer.real(), new SecureRandom(), new Passwords(), SandboxOptions.demo());
  }
}
