package dev.keywheel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.db.Json;
import java.io.ByteArrayOutputStream;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The appenders that logback.xml selects by KEYWHEEL_LOG. */
class LogFormatTest {
  private final LoggerContext context = new LoggerContext();
  private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();

  private void configure(String format) throws Exception {
    context.setMDCAdapter(mdc);
    context.putProperty("KEYWHEEL_LOG", format);
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(Objects.requireNonNull(getClass().getResource("/logback.xml")));
    var appender = (ConsoleAppender<ILoggingEvent>) context.getLogger("ROOT").getAppender(format);
    appender.setOutputStream(output);
  }

  @Test
  void a_json_line_names_the_node_the_request_and_the_run() throws Exception {
    configure("json");
    context.putProperty("node", "node-7");
    mdc.put("request", "r-1");
    mdc.put("run", "run-1");
    context.getLogger("x").warn("first\nsecond {}", "third", new IllegalStateException("cause"));

    assertThat(output.toString(UTF_8).lines()).hasSize(1);
    var line = Json.read(output.toString(UTF_8), JsonNode.class);
    assertThat(line.path("formattedMessage").asText()).isEqualTo("first\nsecond third");
    assertThat(line.path("level").asText()).isEqualTo("WARN");
    assertThat(line.at("/context/properties/node").asText()).isEqualTo("node-7");
    assertThat(line.at("/mdc/request").asText()).isEqualTo("r-1");
    assertThat(line.at("/mdc/run").asText()).isEqualTo("run-1");
    assertThat(line.at("/throwable/message").asText()).isEqualTo("cause");
  }

  @Test
  void a_message_of_several_lines_is_logged_as_one_line() throws Exception {
    configure("text");
    context.getLogger("x").info("first\r\nsecond");
    assertThat(output.toString(UTF_8).lines())
        .singleElement()
        .asString()
        .endsWith(" x first⏎second");
  }

  @Test
  void a_text_line_names_the_request_or_the_run() throws Exception {
    configure("text");
    mdc.put("run", "run-1");
    context.getLogger("x").info("first");
    assertThat(output.toString(UTF_8)).endsWith(" x [run=run-1] first\n");
  }

  @Test
  void each_message_of_an_exception_is_logged_as_one_line() throws Exception {
    configure("text");
    var cause = new IllegalArgumentException("c\n2026-12-01 ERROR forged");
    cause.addSuppressed(new IllegalStateException("s\r\n2026-12-01 ERROR forged"));
    context.getLogger("x").warn("first", new IllegalStateException("e\n\nERROR forged\n", cause));
    assertThat(output.toString(UTF_8).lines().skip(1))
        .contains(
            "java.lang.IllegalStateException: e⏎ERROR forged⏎",
            "Caused by: java.lang.IllegalArgumentException: c⏎2026-12-01 ERROR forged",
            "\tSuppressed: java.lang.IllegalStateException: s⏎2026-12-01 ERROR forged")
        .allMatch(line -> line.matches("java\\.lang\\..*|Caused by: .*|\t.*"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void an_outage_is_not_logged_by_each_poll_for_jobs(String format) throws Exception {
    configure(format);
    var scheduler = context.getLogger("com.github.kagkarlsson.scheduler.RunUntilShutdown");
    var away = new IllegalStateException(new SQLException("refused", "08001"));
    scheduler.error("Unhandled exception. Will keep running.", away);
    var notRolledBack = new IllegalStateException(new SQLException("Connection is closed"));
    notRolledBack.addSuppressed(away);
    scheduler.error("Unhandled exception. Will keep running.", notRolledBack);
    assertThat(output.toString(UTF_8)).isEmpty();

    scheduler.error("Unhandled exception. Will keep running.", new IllegalStateException("bug"));
    context.getLogger("x").error("Not stored", away);
    assertThat(output.toString(UTF_8)).contains("bug", "Not stored");
  }
}
