package dev.keywheel.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.http.Observation.TransportError;
import java.io.IOException;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class TransportErrorsTest {
  @Test
  void a_failed_handshake_is_a_tls_error_even_if_the_jdk_wraps_it_like_a_later_error() {
    for (var failure :
        List.of(
            new SSLHandshakeException("PKIX path building failed"),
            new SSLException("Unsupported or unrecognized SSL message"))) {
      assertThat(TransportErrors.of(failure)).isEqualTo(TransportError.TLS);
      assertThat(TransportErrors.of(new IOException("no bytes received", failure)))
          .isEqualTo(TransportError.TLS);
    }
  }

  @Test
  void a_tls_error_of_an_open_connection_is_a_reset() {
    var closed = new SSLException("closing inbound before receiving peer's close_notify");

    assertThat(TransportErrors.of(new IOException("no bytes received", closed)))
        .isEqualTo(TransportError.RESET);
  }
}
