package dev.keywheel.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.provider.FailureKind.UnreachableKind;
import dev.keywheel.provider.openrouter.OpenRouter;
import dev.keywheel.secret.Secret;
import dev.keywheel.support.LocalCertificate;
import dev.keywheel.support.TestClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A key is sent only to a host whose certificate is trusted and contains its name. */
@Tag("full")
@Timeout(60)
class EncryptionTest {
  private static final Secret KEY = Secret.of("sk-or-v1-0123456789abcdef");
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  @Test
  void a_trusted_host_gets_the_key(@TempDir Path folder) throws Exception {
    SSLContext tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    try (var server =
            new ScriptedServer(
                encrypted(tls), connection -> connection.json(200, "{\"data\":{}}"));
        var provider = at("localhost", server.port(), tls)) {
      assertThat(provider.check(KEY, DEADLINE)).isInstanceOf(CheckOutcome.Accepted.class);
      chat(provider);
      assertThat(server.requests().size()).isEqualTo(2);
    }
  }

  @Test
  void a_host_with_the_certificate_of_another_host_does_not_get_the_key(@TempDir Path folder)
      throws Exception {
    SSLContext tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    try (var server =
            new ScriptedServer(
                encrypted(tls), connection -> connection.json(200, "{\"data\":{}}"));
        var provider = at("127.0.0.1", server.port(), tls)) {
      assertKeyNotSent(provider, server);
    }
  }

  @Test
  void a_host_with_an_untrusted_certificate_does_not_get_the_key(@TempDir Path folder)
      throws Exception {
    SSLContext tls = LocalCertificate.trusting(LocalCertificate.in(folder));
    try (var server =
            new ScriptedServer(
                encrypted(tls), connection -> connection.json(200, "{\"data\":{}}"));
        var provider = at("localhost", server.port(), SSLContext.getDefault())) {
      assertKeyNotSent(provider, server);
    }
  }

  @Test
  void a_host_without_tls_does_not_get_the_key() throws Exception {
    try (var server = ScriptedServer.plain();
        var provider = at("localhost", server.getLocalPort(), SSLContext.getDefault())) {
      Thread.startVirtualThread(() -> answerWithoutTls(server));
      var failures = new AtomicInteger();
      provider.onTlsFailure(failures::incrementAndGet);
      assertTlsFailure(provider);
      assertThat(failures.get()).as("the call and the check are reported").isEqualTo(2);
    }
  }

  private static void answerWithoutTls(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket
            .getOutputStream()
            .write("HTTP/1.1 400 No TLS here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        socket.getInputStream().readAllBytes();
      } catch (IOException closing) {
        // The client closes the connection, or the test has ended.
      }
    }
  }

  private static void assertKeyNotSent(OpenRouter provider, ScriptedServer server) {
    assertTlsFailure(provider);
    assertThat(server.requests()).isEmpty();
  }

  private static void assertTlsFailure(OpenRouter provider) {
    var chat = (CallOutcome.Unreachable) chat(provider);
    assertThat(chat.kind()).isEqualTo(UnreachableKind.TLS);
    var check = (CheckOutcome.Inconclusive) provider.check(KEY, DEADLINE);
    assertThat(check.evidence().seen()).isEqualTo("no trusted encrypted connection to the host");
  }

  private static CallOutcome chat(OpenRouter provider) {
    var message = new ChatMessage(MessageRole.USER, "Capital of France?");
    var format = new ReplyFormat.Text();
    return provider.chat(KEY, new ChatRequest("m", List.of(message), 64, 0, format, DEADLINE));
  }

  private static OpenRouter at(String host, int port, SSLContext tls) {
    URI base = URI.create("https://" + host + ":" + port + "/api/v1");
    URI app = URI.create("http://127.0.0.1:8080");
    return new OpenRouter("openrouter", "OpenRouter", base, app, new TestClock(), tls);
  }

  private static ServerSocket encrypted(SSLContext tls) throws Exception {
    return tls.getServerSocketFactory()
        .createServerSocket(0, 50, InetAddress.getByName("localhost"));
  }
}
