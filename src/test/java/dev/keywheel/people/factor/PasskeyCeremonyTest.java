package dev.keywheel.people.factor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.config.Config;
import dev.keywheel.problem.Rejected;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasskeyCeremonyTest {
  private static final UUID USER = UUID.randomUUID();

  private final PasskeySite site = site("https://Keys.example.org:8443");
  private final PasskeyCeremony ceremony = new PasskeyCeremony(site);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "\"x\"",
        "{\"id\":\"AA\"}",
        "{\"id\":\"***\",\"response\":{},\"type\":\"public-key\",\"clientExtensionResults\":{}}",
        "{\"id\":\"AAAA\",\"type\":\"public-key\",\"clientExtensionResults\":{},\"response\":"
            + "{\"authenticatorData\":\"AAAA\",\"clientDataJSON\":\"AAAA\",\"signature\":\"AAAA\"}}",
        "{\"id\":\"AAAA\",\"type\":\"public-key\",\"clientExtensionResults\":{},\"response\":"
            + "{\"attestationObject\":\"v79_\",\"clientDataJSON\":\"e30\"}}"
      })
  void a_malformed_answer_counts_as_a_wrong_one(String answer) {
    assertThat(ceremony.verifyAssertion(ceremony.assertion(), answer, List.of())).isEmpty();
    var request = ceremony.registration(USER, "ada@example.org", List.of());
    assertThatThrownBy(
            () -> ceremony.verifyRegistration(request, answer, USER, USER, "Laptop", Instant.EPOCH))
        .isInstanceOf(Rejected.class);
    ceremony.credentialId(answer); // throws nothing
  }

  @Test
  void passkeys_belong_to_the_host_of_the_public_url_and_must_verify_their_user() {
    var stored = ceremony.registration(USER, "ada@example.org", List.of());
    var request = ceremony.registrationJson(stored);
    assertThat(request)
        .contains("\"id\":\"keys.example.org\"")
        .contains("\"userVerification\":\"required\"")
        .contains("\"residentKey\":\"required\"");
    assertThat(ceremony.assertionJson(ceremony.assertion()))
        .contains("\"rpId\":\"keys.example.org\"")
        .contains("\"userVerification\":\"required\"");
    assertThat(site.origin()).isEqualTo("https://keys.example.org:8443");
  }

  @Test
  void the_default_port_of_the_public_url_is_omitted_as_browsers_omit_it() {
    assertThat(site("https://keys.example.org:443").origin()).isEqualTo("https://keys.example.org");
    assertThat(site("http://keys.example.org:80").origin()).isEqualTo("http://keys.example.org");
    assertThat(site("http://keys.example.org:8443").origin())
        .isEqualTo("http://keys.example.org:8443");
  }

  @Test
  void without_a_public_url_passkeys_belong_to_localhost_and_an_ip_address_has_none() {
    assertThat(PasskeySite.of(Optional.empty()).host()).isEqualTo("localhost");
    assertThat(site("http://192.0.2.7:8080").isHostName()).isFalse();
    assertThat(site("http://[::1]:8080").isHostName()).isFalse();
    assertThat(site.isHostName()).isTrue();
  }

  private static PasskeySite site(String publicUrl) {
    return PasskeySite.of(Config.from(Map.of("KEYWHEEL_URL", publicUrl)).publicUrl());
  }
}
