package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.keywheel.web.form.RequestSize;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseFaultTest {
  @ParameterizedTest
  @CsvSource({
    "53100, FULL",
    "25006, READ_ONLY",
    "55P03, BUSY",
    "57014, BUSY",
    "40P01, BUSY",
    "40001, BUSY",
    "40003, UNCERTAIN",
    "08007, UNCERTAIN",
    "08006, AWAY",
    "57P01, AWAY",
    "57P03, AWAY",
    "53300, AWAY",
    "53200, AWAY",
  })
  void a_temporary_fault_is_503_and_names_its_cause(String state, DatabaseFault fault) {
    assertThat(DatabaseFault.of(of(new SQLException("x", state)))).contains(fault);
    var page = fault.errorPage("id", "/settings");
    assertThat(page.status()).isEqualTo(503);
    if (fault == DatabaseFault.UNCERTAIN) {
      assertThat(page.retryAfter()).as("no invitation to repeat it").isNull();
      assertThat(page.formPage()).isEqualTo("/settings");
    } else {
      assertThat(page.retryAfter()).isPositive();
      assertThat(page.formPage()).isNull();
    }
  }

  @Test
  void no_free_connection_counts_as_a_database_that_does_not_answer() {
    assertThat(DatabaseFault.of(of(new SQLTransientConnectionException("timed out"))))
        .contains(DatabaseFault.AWAY);
    assertThat(DatabaseFault.of(of(new SQLException("closed")))).contains(DatabaseFault.AWAY);
  }

  @Test
  void a_wrong_statement_is_a_bug() {
    assertThat(DatabaseFault.of(of(new SQLException("x", "42601")))).isEmpty();
    assertThat(DatabaseFault.of(of(new SQLException("x", "23505")))).isEmpty();
    assertThat(DatabaseFault.of(new IllegalStateException("x"))).isEmpty();
  }

  @Test
  void the_fault_of_an_exception_that_is_among_its_own_causes_is_found() {
    var inner = new SQLException("refused", "08001");
    var outer = of(inner);
    inner.initCause(outer);

    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          assertThat(DatabaseFault.of(outer)).contains(DatabaseFault.AWAY);
          assertThat(RequestSize.status(outer)).isZero();
        });
  }

  private static DataAccessException of(SQLException cause) {
    return new DataAccessException("SQL failed", cause);
  }
}
