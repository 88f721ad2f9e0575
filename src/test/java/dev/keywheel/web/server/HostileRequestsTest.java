package dev.keywheel.web.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.HostileRequests;
import dev.keywheel.support.RawHttp;
import dev.keywheel.support.TestClock;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each class of hostile requests gets a refusal or a public page, and nothing breaks. */
@Tag("full")
class HostileRequestsTest {
  private static final int SILENCE_MILLIS = 300;

  /** Requests that may be continued: one without a first line, and one for a tunnel. */
  private static final Set<String> LEFT_OPEN = Set.of("nothing but line breaks", "CONNECT");

  @AutoClose
  private static final WebApp app =
      WebApp.start(TestDatabase.create(), new TestClock(), parts -> List.of());

  static List<String> classes() {
    return List.copyOf(HostileRequests.all().keySet());
  }

  @ParameterizedTest
  @MethodSource("classes")
  void a_hostile_request_is_refused_or_answered_without_an_internal_error(String name)
      throws IOException {
    var request = HostileRequests.all().get(name);
    boolean leftOpen = LEFT_OPEN.contains(name);
    var replies =
        leftOpen
            ? RawHttp.exchange(app.url(), request, SILENCE_MILLIS)
            : RawHttp.exchange(app.url(), request);
    assertThat(replies.closed()).as(replies.text()).isEqualTo(!leftOpen);
    assertThat(replies.statuses()).as(replies.text()).hasSizeLessThanOrEqualTo(1);
    assertThat(replies.statuses()).allMatch(status -> status < 500 || status == 505);
    assertThat(replies.text())
        .doesNotContain("<script>", "evil.example/\r", "Exception", "\tat ", "root:")
        .doesNotContain("a=b\r\n");
    assertThat(app.browser().get("/login").status()).isEqualTo(200);
  }

  @Test
  void at_least_seventy_two_kinds_of_hostile_requests_do_not_grow_the_heap() throws IOException {
    Map<String, String> all = HostileRequests.all();
    assertThat(all).hasSizeGreaterThanOrEqualTo(72);
    sendAll(all);
    long before = usedMemory();
    for (int i = 0; i < 5; i++) {
      sendAll(all);
    }
    assertThat(usedMemory() - before).as("bytes of growth in five rounds").isLessThan(20_000_000);
  }

  private static void sendAll(Map<String, String> all) throws IOException {
    for (var request : all.values()) {
      RawHttp.exchange(app.url(), request, 1);
    }
  }

  private static long usedMemory() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
