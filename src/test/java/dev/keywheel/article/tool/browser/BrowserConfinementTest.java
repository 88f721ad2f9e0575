package dev.keywheel.article.tool.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keywheel.article.plan.ToolBrief;
import dev.keywheel.article.tool.BrowserCheck;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.Finding;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.browser.Confinement.Confined;
import dev.keywheel.article.tool.browser.Confinement.Refused;
import dev.keywheel.support.Await;
import dev.keywheel.support.Chromium;
import dev.keywheel.support.Outside;
import dev.keywheel.support.WaysOut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("full")
class BrowserConfinementTest {
  /**
   * Longer than a page needs to use up all memory, so that it is not reported as slow on a busy
   * machine.
   */
  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(50);

  private static final ToolBrief BRIEF =
      new ToolBrief("Trap", "calculator", "", List.of(), List.of(), "", List.of());

  private static final String SOUND =
      "<!doctype html><html><body><h1>x</h1><button>Go</button><output id=o>0</output><script>SCRIPT</script></body></html>";

  private static BrowserCheck check(BrowserToolCheck browser, String script) {
    var brief = new ToolBrief("Trap", "calculator", "", List.of(), List.of(), "", List.of());
    return browser.check(ToolDocument.of(SOUND.replace("SCRIPT", script), brief, "en"), List.of());
  }

  private static Confined confined() {
    assertThat(Confinement.find()).isInstanceOf(Confined.class);
    return (Confined) Confinement.find();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "const a=[];for(let i=0;i<30;i++)a.push(new Uint8Array(1e8).fill(i))",
        "const a=[];for(let i=0;i<400;i++)a.push(new Array(1e6).fill(i+.5))",
        "for(let i=0;i<40;i++){const c=document.body.appendChild(document.createElement('canvas'));c.width=c.height=5000;c.getContext('2d').fillRect(0,0,5000,5000)}",
      })
  void a_tool_of_three_gigabytes_fails_and_the_next_tool_is_checked(String script) {
    try (var browser = new BrowserToolCheck(Chromium.executable(), confined(), COMMAND_TIMEOUT)) {
      var seen = check(browser, script);
      assertThat(seen.state()).isEqualTo(State.FAILED);
      assertThat(seen.findings())
          .extracting(Finding::text)
          .containsExactly("It used more memory than allowed (768 MB).");
      assertThat(check(browser, "").state()).isEqualTo(State.NOT_COMPARED);
    }
  }

  @Test
  void a_browser_that_cannot_be_started_leaves_no_folder() throws IOException {
    var before = folders();
    var missing = new Confined(List.of("/no/such/wrapper"), OptionalInt.empty(), "none");
    assertThatThrownBy(() -> BrowserProcess.start(Chromium.executable(), missing))
        .isInstanceOf(IOException.class);
    var fresh = folders();
    fresh.removeAll(before);
    // A test of another process may have opened a browser since then, which it keeps for minutes.
    Await.until(
        "the folder is deleted",
        Duration.ofMinutes(10),
        () -> fresh.stream().noneMatch(Files::exists));
  }

  private static Set<Path> folders() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("keywheel-browser"))
          .collect(Collectors.toCollection(HashSet::new));
    }
  }

  @Test
  void a_browser_that_exceeds_its_time_limit_is_killed_and_leaves_nothing() throws IOException {
    var browser = BrowserProcess.start(Chromium.executable(), confined());
    try (browser;
        var bounds = new BrowserBounds(browser, Duration.ofMillis(400))) {
      Await.until("the browser is killed", () -> !browser.alive());
      assertThat(bounds.exceeded()).isEqualTo("took more time than allowed");
    }
    assertThat(browser.folder()).doesNotExist();
  }

  @Test
  void the_end_of_the_browser_ends_the_wait_for_a_page() throws IOException {
    var tool = ToolDocument.of(SOUND.replace("SCRIPT", "while(true){}"), BRIEF, "en");
    try (var browser = started();
        var _ = new BrowserBounds(browser.process(), Duration.ofMillis(400))) {
      assertThatThrownBy(
              () -> {
                try (var session = new ToolSession(browser, tool)) {
                  session.open();
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("ended");
    }
  }

  @Test
  void the_browser_has_a_sandbox_a_user_other_than_root_and_not_the_environment_of_keywheel()
      throws IOException {
    try (var browser = started()) {
      var commands = browser.process().all().map(p -> text(p.pid(), "cmdline")).toList();
      assertThat(commands).anyMatch(c -> c.contains("--type=zygote"));
      assertThat(commands).noneMatch(c -> c.contains("--no-sandbox"));
      // A renderer that has just started is not in its sandbox yet.
      Await.until(
          "every renderer is in its sandbox",
          () -> {
            var renderers = renderers(browser);
            return !renderers.isEmpty()
                && renderers.stream().allMatch(r -> r.contains("Seccomp:\t2"));
          });
      assertThat(renderers(browser)).isNotEmpty().noneMatch(r -> r.contains("Uid:\t0"));
      var main =
          browser
              .process()
              .all()
              .filter(p -> text(p.pid(), "cmdline").contains("--remote-debugging-pipe"))
              .filter(p -> !text(p.pid(), "status").contains("Uid:\t0"))
              .findFirst()
              .orElseThrow();
      assertThat(text(main.pid(), "environ").split(" "))
          .allMatch(
              v ->
                  v.matches("(PATH|LANG|TZ|PWD|_|SHLVL|OLDPWD|CHROME_\\w+)=.*")
                      || v.endsWith("=" + browser.process().folder()));
    }
  }

  @Test
  void the_browser_has_no_network_where_the_machine_allows_namespaces() throws IOException {
    assumeThat(confined().how()).contains("empty network namespace");
    try (var browser = started()) {
      var own = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
      var utilities =
          browser
              .process()
              .all()
              .filter(p -> text(p.pid(), "cmdline").contains("--type=utility"))
              .toList();
      assertThat(utilities).isNotEmpty();
      for (var process : utilities) {
        assertThat(
                text(process.pid(), "net/dev")
                    .lines()
                    .skip(2)
                    .map(l -> l.replaceAll(":.*", "").strip()))
            .as("interfaces, not those of " + own)
            .containsExactly("lo");
        assertThat(text(process.pid(), "net/route").lines().skip(1)).isEmpty();
      }
    }
  }

  @Test
  void a_closed_browser_leaves_no_process_and_no_folder() throws IOException {
    var browser = started();
    var folder = browser.process().folder();
    var processes = browser.process().all().toList();
    assertThat(folder.resolve("profile")).isDirectory();
    assertThat(processes).hasSizeGreaterThan(4);
    browser.close();
    assertThat(folder).doesNotExist();
    assertThat(processes).noneMatch(ProcessHandle::isAlive);
  }

  @Test
  void the_browser_writes_only_to_its_profile() throws IOException {
    try (var browser = started();
        var page = new BrowserPage(browser)) {
      var download = new CompletableFuture<String>();
      browser.listen(
          event -> {
            var state = event.params().path("state").asText();
            if (event.method().equals("Page.downloadProgress") && !state.equals("inProgress")) {
              download.complete(state);
            }
          });
      page.call("Page.enable", Map.of());
      page.call(
          "Runtime.evaluate",
          Map.of(
              "expression",
              "const a=document.createElement('a');a.download='x';a.href='data:text/plain,x';a.click()"));
      assertThat(download).succeedsWithin(Duration.ofMinutes(1)).isEqualTo("canceled");
      for (var process : browser.process().all().toList()) {
        var written =
            text(process.pid(), "maps")
                .lines()
                .filter(l -> l.contains(" rw-s ") && l.contains("/"))
                .toList();
        assertThat(written)
            .allMatch(
                l ->
                    l.contains(browser.process().folder().toString())
                        || l.contains("/memfd:")
                        || l.contains("/dev/"));
      }
    }
  }

  @Test
  void without_another_user_for_root_a_tool_is_not_run_and_the_reason_is_given() {
    var refused = new Refused("Keywheel runs as root");
    try (var browser = new BrowserToolCheck(Chromium.executable(), refused, COMMAND_TIMEOUT)) {
      var seen = check(browser, "");
      assertThat(seen.state()).isEqualTo(State.NOT_RUN);
      assertThat(seen.why()).isEqualTo("Keywheel runs as root");
    }
  }

  @Test
  void a_browser_that_cannot_start_its_sandbox_is_reported() throws IOException {
    var program = Files.createTempFile("browser", ".sh");
    Files.writeString(
        program, "#!/bin/sh\necho '[1:1:FATAL:zygote.cc(1)] No usable sandbox!' >&2\nexit 1\n");
    assertThat(program.toFile().setExecutable(true, false)).isTrue();
    assertThat(program.toFile().setReadable(true, false)).isTrue();
    try (var browser = new BrowserToolCheck(program)) {
      var seen = check(browser, "");
      assertThat(seen.state()).isEqualTo(State.NOT_RUN);
      assertThat(seen.why()).contains("No usable sandbox!");
    } finally {
      Files.delete(program);
    }
  }

  /** The flags of the browser alone are sufficient where the machine allows no namespaces. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_tool_that_tries_all_ways_out_reaches_no_listener(boolean namespaces) throws IOException {
    var all = confined();
    int user = all.wrapper().indexOf("setpriv");
    var wrapper = user < 0 ? List.<String>of() : all.wrapper().subList(user, all.wrapper().size());
    var confinement = namespaces ? all : new Confined(wrapper, all.user(), "without namespaces");
    try (var outside = new Outside();
        var browser =
            new BrowserToolCheck(
                Chromium.executable(), confinement, BrowserToolCheck.COMMAND_TIMEOUT)) {
      var leaving = WaysOut.leaving(outside);
      for (var html : List.of(WaysOut.all(outside), leaving.getFirst(), leaving.get(5))) {
        var seen = browser.check(ToolDocument.of(html, BRIEF, "en"), List.of());
        assertThat(seen.state()).isNotIn(State.PASSED, State.NOT_RUN);
      }
      outside.requestAndAwait("last");
      assertThat(outside.reached()).containsExactly("last");
    }
  }

  private static DevToolsConnection started() throws IOException {
    var browser =
        new DevToolsConnection(
            BrowserProcess.start(Chromium.executable(), confined()), COMMAND_TIMEOUT);
    try (var page = new BrowserPage(browser)) {
      page.call("Runtime.evaluate", Map.of("expression", "1"));
    }
    return browser;
  }

  /** The state of each renderer that is still running. */
  private static List<String> renderers(DevToolsConnection browser) {
    return browser
        .process()
        .all()
        .filter(p -> text(p.pid(), "cmdline").contains("--type=renderer"))
        .map(p -> text(p.pid(), "status"))
        .filter(status -> !status.isEmpty())
        .toList();
  }

  private static String text(long pid, String file) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/" + file)).replace('\0', ' ');
    } catch (IOException gone) {
      return "";
    }
  }
}
