package dev.keywheel;

import dev.keywheel.sandbox.SandboxOptions;
import dev.keywheel.time.Pause;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/**
 * What Keywheel takes from outside itself and a test may give: time, waiting, chance, and how the
 * sandbox behaves.
 */
record World(InstantSource clock, Pause pause, SecureRandom random, SandboxOptions sandbox) {

  static World real() {
    // PostgreSQL keeps microseconds: a time that is written must read back as the same time.
    InstantSource clock = () -> Instant.now().truncatedTo(ChronoUnit.MICROS);
    return new World(clock, Pause.real(), new SecureRandom(), SandboxOptions.demo());
  }
}
