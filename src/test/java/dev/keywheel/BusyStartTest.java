package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.Test;

/** A start whose jobs use all connections at once. */
class BusyStartTest {
  @Test
  void a_start_does_not_fail_because_the_set_up_link_cannot_be_read_in_time() {
    var busy = new SQLTransientConnectionException("Connection is not available");
    assertThat(Main.setupLink(() -> failing(busy))).isEmpty();
    var broken = new SQLException("relation does not exist", "42P01");
    assertThatThrownBy(() -> Main.setupLink(() -> failing(broken)))
        .isInstanceOf(DataAccessException.class);
    var link = URI.create("http://localhost/setup?token=1");
    assertThat(Main.setupLink(() -> Optional.of(link))).hasValue(link);
  }

  private static Optional<URI> failing(SQLException cause) {
    throw new DataAccessException("Error getting connection", cause);
  }
}
