package dev.keywheel.gateway.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.net.IpNetwork;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenScopeTest {
  @Test
  void an_empty_list_limits_nothing() {
    assertThat(TokenScope.ALL.allows(GatewayOperation.CHAT)).isTrue();
    assertThat(TokenScope.ALL.allowsModel("acme/writer")).isTrue();
    assertThat(TokenScope.ALL.allowsProvider("openrouter")).isTrue();
    assertThat(TokenScope.ALL.allowsAddress("192.0.2.1")).isTrue();
    assertThat(TokenScope.ALL.allowsProviderExtras()).isTrue();
  }

  @Test
  void a_star_in_a_model_matches_any_text() {
    TokenScope scope = models("acme/*", "fast", "*:free", "a*b*c");
    for (String allowed : List.of("acme/writer", "fast", "other/x:free", "abc", "a-b-c", "aXbc")) {
      assertThat(scope.allowsModel(allowed)).as(allowed).isTrue();
    }
    for (String refused :
        List.of("other/acme/x", "faster", "other/x", "acb", "ab", "Acme/writer")) {
      assertThat(scope.allowsModel(refused)).as(refused).isFalse();
    }
    assertThat(models("aba*aba").allowsModel("aba")).isFalse();
  }

  @Test
  void a_token_with_a_list_of_models_does_not_allow_provider_extras() {
    assertThat(models("acme/*").allowsProviderExtras()).isFalse();
  }

  @Test
  void addresses_are_compared_as_networks() {
    TokenScope scope = addresses("10.0.0.0/8", "2001:db8::/32", "192.0.2.7");
    for (String allowed : List.of("10.9.8.7", "2001:db8::1", "192.0.2.7", "[2001:db8::2]")) {
      assertThat(scope.allowsAddress(allowed)).as(allowed).isTrue();
    }
    for (String refused : List.of("11.0.0.1", "2001:db9::1", "192.0.2.8", "unknown", "")) {
      assertThat(scope.allowsAddress(refused)).as(refused).isFalse();
    }
  }

  private static TokenScope models(String... models) {
    return new TokenScope(
        Set.of(), List.of(models), Set.of(), Set.of(), 0, 0, null, List.of(), false);
  }

  private static TokenScope addresses(String... networks) {
    var parsed = List.of(networks).stream().map(IpNetwork::parse).toList();
    return new TokenScope(Set.of(), List.of(), Set.of(), Set.of(), 0, 0, null, parsed, false);
  }
}
