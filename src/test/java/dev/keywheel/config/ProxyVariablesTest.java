package dev.keywheel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class ProxyVariablesTest {
  private final Properties system = new Properties();

  @Test
  void the_usual_variables_become_the_properties_that_java_reads() {
    ProxyVariables.apply(
        Map.of("HTTPS_PROXY", "http://proxy.lan:3128", "no_proxy", "db.lan, .internal, 10.0.0.1"),
        system);
    assertThat(system)
        .containsEntry("https.proxyHost", "proxy.lan")
        .containsEntry("https.proxyPort", "3128")
        .containsEntry(
            "http.nonProxyHosts",
            "localhost|127.*|[::1]|db.lan|*.db.lan|internal|*.internal|10.0.0.1")
        .doesNotContainKey("http.proxyHost");
  }

  @Test
  void an_empty_variable_does_not_hide_the_one_in_lower_case() {
    ProxyVariables.apply(Map.of("HTTPS_PROXY", "", "https_proxy", "proxy.lan:3128"), system);
    assertThat(system).containsEntry("https.proxyHost", "proxy.lan");
  }

  @Test
  void a_property_that_is_already_set_takes_precedence() {
    system.setProperty("https.proxyHost", "other.lan");
    ProxyVariables.apply(Map.of("https_proxy", "proxy.lan:3128"), system);
    assertThat(system).containsEntry("https.proxyHost", "other.lan").hasSize(1);
  }

  @Test
  void an_invalid_proxy_address_stops_the_start() {
    for (var proxy : new String[] {"socks5://x:1", "http://proxy.lan:65536"}) {
      assertThatThrownBy(() -> ProxyVariables.apply(Map.of("HTTPS_PROXY", proxy), system))
          .isInstanceOf(ConfigProblem.class)
          .hasMessageContaining("HTTPS_PROXY");
    }
  }

  @Test
  void an_invalid_address_is_reported_under_the_name_that_is_set() {
    assertThatThrownBy(() -> ProxyVariables.apply(Map.of("https_proxy", "socks5://x:1"), system))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageStartingWith("https_proxy is not");
  }

  @Test
  void a_proxy_with_user_and_password_stops_the_start_and_the_password_is_not_repeated() {
    for (var proxy : new String[] {"http://me:secret@proxy.lan:3128", "me:secret@proxy.lan"}) {
      assertThatThrownBy(() -> ProxyVariables.apply(Map.of("HTTPS_PROXY", proxy), system))
          .isInstanceOf(ConfigProblem.class)
          .hasMessage(
              "HTTPS_PROXY is not the address of an HTTP proxy; allowed: http://host:port, without"
                  + " user and password");
    }
  }
}
