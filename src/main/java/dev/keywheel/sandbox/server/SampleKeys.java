package dev.keywheel.sandbox.server;

import dev.keywheel.sandbox.faults.SampleKey;
import dev.keywheel.sandbox.faults.SandboxKey;
import java.util.List;

/** The sample keys offered to new users. */
final class SampleKeys {

  static final List<SampleKey> ALL =
      List.of(
          sample("ada@example.com", "valid-01", "works"),
          sample("grace@example.com", "valid-02", "works"),
          sample("alan@example.com", "valid-03", "works"),
          sample(
              "linus@example.com",
              "ratelimited-90s-04",
              "is rate limited for 90 seconds from its first call"),
          sample("edsger@example.com", "valid-05", "works"),
          sample("barbara@example.com", "valid-06", "works"),
          sample(
              "donald@example.com",
              "flaky-30-07",
              "works, but three calls in ten end with a server error"),
          sample(
              "margaret@example.com",
              "daily-08",
              "has used up its account's free calls of the day"),
          sample("katherine@example.com", "valid-09", "works"),
          sample("dennis@example.com", "revoked-10", "was revoked and is refused"),
          sample("hedy@example.com", "valid-11", "works"),
          sample("john@example.com", "exhausted-12", "has no credit left"),
          sample("radia@example.com", "recover-2-13", "is refused twice, then works again"),
          sample("ken@example.com", "valid-14", "works"));

  private SampleKeys() {}

  private static SampleKey sample(String name, String behaviour, String shows) {
    return new SampleKey(name, SandboxKey.PREFIX + behaviour, "This key " + shows + ".");
  }
}
