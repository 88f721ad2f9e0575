package dev.keywheel.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
  private final TrustedProxies proxies =
      TrustedProxies.parse("10.0.0.0/8, 2001:db8:1::/48,192.0.2.7");

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "10.0.0.1 | 203.0.113.9 | 203.0.113.9",
        "192.0.2.7 | 203.0.113.9 | 203.0.113.9",
        "[2001:db8:1:0:0:0:0:5] | 203.0.113.9 | 203.0.113.9",
        // The client wrote the left part itself.
        "10.0.0.1 | 198.51.100.1, 203.0.113.9 | 203.0.113.9",
        "10.0.0.1 | 198.51.100.1, 203.0.113.9, 10.2.3.4 | 203.0.113.9",
        "10.0.0.1 | nonsense, 203.0.113.9, 10.2.3.4 | 203.0.113.9",
        // Two header lines.
        "10.0.0.1 | 198.51.100.1; 203.0.113.9, 10.2.3.4 | 203.0.113.9",
        "10.0.0.1 | \", 203.0.113.9 | 203.0.113.9",
        "10.0.0.1 | 203.0.113.9:5000 | 203.0.113.9",
        "10.0.0.1 | [2001:db8:2::1]:5000 | 2001:db8:2:0:0:0:0:1",
        "10.0.0.1 | 2001:db8:2::1 | 2001:db8:2:0:0:0:0:1",
        "10.0.0.1 | ::ffff:203.0.113.9 | 203.0.113.9",
        // An IPv4-mapped address of a trusted proxy counts as that proxy.
        "10.0.0.1 | 203.0.113.9, ::ffff:10.2.3.4 | 203.0.113.9",
        // If the right part is malformed, the address of the connection counts.
        "10.0.0.1 | 203.0.113.9, unknown | 10.0.0.1",
        "10.0.0.1 | 203.0.113.9, | 10.0.0.1",
        "10.0.0.1 | '' | 10.0.0.1",
        "10.0.0.1 | , | 10.0.0.1",
        "10.0.0.1 | 203.0.113 | 10.0.0.1",
        "10.0.0.1 | 3405803785 | 10.0.0.1",
        "10.0.0.1 | 0xcb.0.113.9 | 10.0.0.1",
        "10.0.0.1 | 203.0.113.010 | 10.0.0.1",
        "10.0.0.1 | 203.0.113.256 | 10.0.0.1",
        "10.0.0.1 | localhost | 10.0.0.1",
        "10.0.0.1 | fe80::1%eth0 | 10.0.0.1",
        "10.0.0.1 | [::1 | 10.0.0.1",
        "10.0.0.1 | 203.0\u0000.113.9 | 10.0.0.1",
        "10.0.0.1 | 10.2.3.4, 10.2.3.5 | 10.0.0.1",
        // A header from an untrusted address is ignored.
        "203.0.113.50 | 198.51.100.1 | 203.0.113.50",
        "[2001:db8:2:0:0:0:0:5] | 198.51.100.1 | 2001:db8:2:0:0:0:0:5",
        "11.0.0.1 | 198.51.100.1 | 11.0.0.1",
      })
  void the_list_names_the_client_only_through_trusted_proxies(
      String peer, String list, String client) {
    var lines = List.of(list.split(";"));
    assertThat(proxies.client(peer, List.of(), lines)).isEqualTo(client);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "for=203.0.113.9 | 203.0.113.9",
        "For=203.0.113.9;proto=https;by=10.0.0.1 | 203.0.113.9",
        "proto=https; for=203.0.113.9 | 203.0.113.9",
        "for=\"203.0.113.9:47011\" | 203.0.113.9",
        "for=\"[2001:db8:2::1]:47011\" | 2001:db8:2:0:0:0:0:1",
        "for=198.51.100.1, for=203.0.113.9, for=10.4.5.6 | 203.0.113.9",
        // Quotes that the client opened do not hide the part that the proxy appended after a comma.
        "for=\"198.51.100.1, for=203.0.113.9 | 10.0.0.1",
        "for=\"a\\\", for=198.51.100.1\", for=203.0.113.9 | 203.0.113.9",
        "for=198.51.100.1;for=203.0.113.9 | 10.0.0.1",
        "for=unknown | 10.0.0.1",
        "for=_hidden | 10.0.0.1",
        "for= | 10.0.0.1",
        "proto=https | 10.0.0.1",
        "203.0.113.9 | 10.0.0.1",
        "xfor=203.0.113.9 | 10.0.0.1",
        "for=\"203.0.113.9\"x | 10.0.0.1",
        "for=10.9.9.9 | 10.0.0.1",
      })
  void the_forwarded_header_names_the_client(String header, String client) {
    assertThat(proxies.client("10.0.0.1", List.of(header), List.of())).isEqualTo(client);
  }

  @Test
  void two_conflicting_headers_identify_no_client() {
    var real = List.of("203.0.113.9");
    assertThat(proxies.client("10.0.0.1", List.of("for=203.0.113.9"), real))
        .isEqualTo("203.0.113.9");
    for (var forged : List.of("for=198.51.100.1", "for=unknown", "", ";;;,,,")) {
      assertThat(proxies.client("10.0.0.1", List.of(forged), real)).isEqualTo("10.0.0.1");
    }
  }

  @Test
  void without_trusted_proxies_only_the_address_of_the_connection_counts() {
    var forged = List.of("for=198.51.100.1");
    for (var peer : List.of("127.0.0.1", "203.0.113.9")) {
      assertThat(TrustedProxies.NONE.client(peer, forged, List.of("198.51.100.1"))).isEqualTo(peer);
    }
  }

  @Test
  void very_long_headers_do_not_identify_another_client() {
    var list = Stream.generate(() -> "10.1.1.1").limit(50_000).toList();
    assertThat(proxies.client("10.0.0.1", List.of(), list)).isEqualTo("10.0.0.1");
    var quotes = List.of("\"\\".repeat(100_000));
    assertThat(proxies.client("10.0.0.1", quotes, List.of())).isEqualTo("10.0.0.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "0.0.0.0/0",
            "::/0",
        "10.0.0/8", "proxy.example", "10.0.0.0/8,,", "2001:db8::/129", "2001:db8::1/32", "[::1]", ""
      })
  void a_malformed_network_is_refused(String text) {
    assertThatThrownBy(() -> TrustedProxies.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.9, 203.0.113.9",
    "2001:db8:2:3:4:5:6:7, 2001:db8:2:3:0:0:0:0/64",
    "[2001:db8:2:3::1], 2001:db8:2:3:0:0:0:0/64",
    "fe80::1%eth0, fe80:0:0:0:0:0:0:0/64",
    "::ffff:203.0.113.9, 203.0.113.9",
    "unknown, unknown",
  })
  void an_ipv6_address_belongs_to_its_64_bit_network_and_any_other_text_to_itself(
      String address, String network) {
    assertThat(IpAddress.network(address)).isEqualTo(network);
  }
}
