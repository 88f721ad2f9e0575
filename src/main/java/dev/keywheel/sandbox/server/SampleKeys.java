package dev.keywheel.sandbox.server;

import dev.keywheel.sandbox.faults.SampleKey;
import dev.keywheel.sandbox.faults.SandboxKey;
import java.util.List;

final class SampleKeys {

  static final List<SampleKey> ALL =
      List.of(
          sample("ada@example.com", "valid-01"),
          sample("grace@example.com", "valid-02"),
          sample("alan@example.com", "valid-03"),
          sample("linus@example.com", "ratelimited-90s-04"),
          sample("edsger@example.com", "valid-05"),
          sample("barbara@example.com", "valid-06"),
          sample("donald@example.com", "flaky-30-07"),
          sample("margaret@example.com", "daily-08"),
          sample("katherine@example.com", "valid-09"),
          sample("dennis@example.com", "revoked-10"),
          sample("hedy@example.com", "valid-11"),
          sample("john@example.com", "exhausted-12"),
          sample("radia@example.com", "recover-2-13"),
          sample("ken@example.com", "valid-14"));

  private SampleKeys() {}

  private static SampleKey sample(String name, String behaviour) {
    return new SampleKey(name, SandboxKey.PREFIX + behaviour);
  }
}
