package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.time.Stopwatch;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaleAddressesTest {
  private static final String HOST = "provider.example";

  /** A process of its own, because Java reads the setting once. */
  @Test
  void known_addresses_are_used_while_a_name_cannot_be_resolved(@TempDir Path folder)
      throws Exception {
    var hosts = Files.writeString(folder.resolve("hosts"), "192.0.2.7 " + HOST + "\n");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + hosts,
                "-Dsun.net.inetaddr.ttl=1",
                "-cp",
                System.getProperty("java.class.path"),
                Lookups.class.getName(),
                hosts.toString())
            .redirectErrorStream(true)
            .start();
    try (var output = process.getInputStream()) {
      assertThat(new String(output.readAllBytes(), StandardCharsets.UTF_8).strip())
          .endsWith("192.0.2.7");
    }
  }

  /** Looks a host up until its name has been gone for longer than addresses are cached. */
  static final class Lookups {
    private Lookups() {}

    public static void main(String[] args) throws Exception {
      Main.useStaleAddresses();
      InetAddress.getByName(HOST);
      Files.writeString(Path.of(args[0]), "192.0.2.8 other.example\n");
      var since = new Stopwatch();
      var address = InetAddress.getByName(HOST);
      while (since.elapsed().compareTo(Duration.ofMillis(1_500)) < 0) {
        address = InetAddress.getByName(HOST);
      }
      System.out.println(address.getHostAddress());
    }
  }
}
