package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import dev.keywheel.web.security.RequiredRole;
import dev.keywheel.web.server.Routes;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageCursorTest {
  private static final String ONE = "00000000-0000-0000-0000-000000000001";
  private static final String TWO = "00000000-0000-0000-0000-000000000002";

  @Test
  void a_page_begins_after_or_before_a_row_or_with_the_first() {
    try (var app =
        WebApp.start(TestDatabase.create(), new TestClock(), parts -> List.of(this::screen))) {
      var browser = app.browser();
      assertThat(browser.get("/from?after=" + ONE).body()).isEqualTo(ONE + " false");
      assertThat(browser.get("/from?before=" + ONE).body()).isEqualTo(ONE + " true");
      assertThat(browser.get("/from?after=" + ONE + "&before=" + TWO).body())
          .isEqualTo(TWO + " true");
      assertThat(browser.get("/from?before=x&after=" + ONE).body()).isEqualTo(ONE + " false");
      assertThat(browser.get("/from?after=x").body()).isEqualTo("null false");
      assertThat(browser.get("/from").body()).isEqualTo("null false");
    }
  }

  private void screen(Routes routes) {
    routes.get(
        "/from",
        RequiredRole.ANYONE,
        ctx -> {
          var from = Page.Cursor.of(ctx);
          ctx.result(from.row() + " " + from.backwards());
        });
  }
}
