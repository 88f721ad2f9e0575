package dev.keywheel;

import dev.keywheel.db.ConnectionPool;
import dev.keywheel.people.Passwords;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.time.Delayer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Dependencies that tests replace: time, waiting, randomness, password hashing cost, sandbox
 * behaviour, and how long a migration waits for a lock.
 *
 * @param clock this machine's clock; values shared between nodes use the database's clock
 */
record SystemServices(
    InstantSource clock,
    Delayer delayer,
    SecureRandom random,
    Passwords passwords,
    SandboxOptions sandbox,
    Duration lockTimeout) {

  SystemServices(
      InstantSource clock,
      Delayer pause,
      SecureRandom random,
      Passwords passwords,
      SandboxOptions sandbox) {
    this(clock, pause, random, passwords, sandbox, ConnectionPool.Use.MIGRATIONS.lockTimeout());
  }

  static SystemServices real() {
    // Shifts this node's own clock, to test clock skew between nodes.
    var offset = Duration.parse(System.getProperty("keywheel.clockOffset", "PT0S"));
    InstantSource clock = () -> Instant.now().plus(offset);
    return new SystemServices(
        clock, Delayer.real(), new SecureRandom(), new Passwords(), SandboxOptions.demo());
  }
}
