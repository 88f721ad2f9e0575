package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.config.Config.KekLocation;
import dev.keywheel.people.identity.WorkspaceIds;
import dev.keywheel.sandbox.faults.SampleKey;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.support.Await;
import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.PrivateFile;
import dev.keywheel.support.TestDatabase;
import dev.keywheel.support.WebApp;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The key-encryption key is changed repeatedly from the settings while users view, test and add
 * keys.
 */
@Tag("full")
class KekChangeTest {
  private static final int CHANGES = 3;
  private static final int READERS = 2;

  @TempDir private Path folder = Path.of("");

  private final Map<String, String> secrets =
      Sandbox.sampleKeys().stream()
          .collect(Collectors.toMap(SampleKey::name, SampleKey::key, (a, b) -> a));

  @Test
  void all_secrets_stay_readable_during_a_kek_change_and_the_old_kek_is_no_longer_needed()
      throws Exception {
    var kek = folder.resolve("kek");
    try (var database = TestDatabase.create()) {
      Map<String, String> keys;
      try (var app = RunningApp.on(database, new KekLocation.Generated(kek))) {
        var admin = app.administrator();
        admin.post("/keys/samples");
        keys = keys(admin);
        assertThat(keys).hasSameSizeAs(secrets);
        var first = Files.readAllLines(kek);
        changeKekDuringUse(app, admin, keys);
        assertThat(Files.readAllLines(kek)).hasSameSizeAs(first).isNotEqualTo(first);
        var action = "select action from audit_events where workspace_id = ? limit 1";
        Object recorded =
            database.database().read(dsl -> dsl.fetchValue(action, WorkspaceIds.INSTANCE));
        assertThat(recorded).isEqualTo("changed the key-encryption key");
      }
      try (var again = RunningApp.on(database, new KekLocation.Generated(kek))) {
        var admin = again.administrator();
        var token = admin.token();
        keys.forEach(
            (name, path) -> assertThat(reveal(admin, path, token)).isEqualTo(secrets.get(name)));
      }
    }
  }

  @Test
  void the_command_changes_the_kek_while_a_node_runs_and_is_recorded() throws Exception {
    var kek = folder.resolve("kek");
    var old = key();
    PrivateFile.write(kek, old + "\n");
    try (var database = TestDatabase.create();
        var app = RunningApp.on(database, new KekLocation.File(kek))) {
      var admin = app.administrator();
      var fresh = key();
      PrivateFile.write(kek, fresh + "\n" + old + "\n");
      assertThat(OperatorCommand.run(app.config(), SystemServices.real(), "rotate-kek"))
          .contains("are now wrapped with");
      PrivateFile.write(kek, fresh + "\n");
      var log = admin.get("/settings/audit?log=instance").text();
      assertThat(log).contains("the operator of the server changed the key-encryption key");
      assertThatThrownBy(
              () -> OperatorCommand.run(app.config(), SystemServices.real(), "rotate-kek"))
          .isInstanceOf(StartProblem.class)
          .hasMessageContaining("is the one in use");
    }
  }

  private static String key() {
    var bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  private void changeKekDuringUse(RunningApp app, HttpBrowser admin, Map<String, String> keys)
      throws Exception {
    var over = new AtomicBoolean();
    var read = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        all.add(threads.submit(users(app, admin, keys, over, read)));
      }
      all.add(threads.submit(adding(app, admin, over)));
      try {
        for (int i = 0; i < CHANGES; i++) {
          int before = read.get();
          assertThat(admin.post("/settings/encryption/rotation").status()).isEqualTo(303);
          Await.until("keys are read", () -> read.get() > before + keys.size() || done(all));
        }
      } finally {
        over.set(true);
      }
      for (var one : all) {
        one.get();
      }
    }
  }

  private static boolean done(List<Future<?>> all) {
    return all.stream().anyMatch(Future::isDone);
  }

  /** Reveals one key after the other, and tests one of them in between. */
  private Callable<?> users(
      RunningApp app,
      HttpBrowser admin,
      Map<String, String> keys,
      AtomicBoolean over,
      AtomicInteger read) {
    return () -> {
      var browser = admin.at(URI.create(app.url()));
      var token = browser.token();
      while (!over.get()) {
        for (var key : keys.entrySet()) {
          assertThat(reveal(browser, key.getValue(), token)).isEqualTo(secrets.get(key.getKey()));
          read.incrementAndGet();
        }
        var tested = keys.values().iterator().next() + "/tests";
        assertThat(browser.post(tested, List.of(), token).status()).isEqualTo(303);
      }
      return null;
    };
  }

  private static Callable<?> adding(RunningApp app, HttpBrowser admin, AtomicBoolean over) {
    return () -> {
      var browser = admin.at(URI.create(app.url()));
      for (int i = 0; !over.get(); i++) {
        var typed = "added" + i + " sk-or-demo-valid-" + (1000 + i);
        var preview = browser.post("/keys/imports", "provider", "sandbox", "keys", typed);
        assertThat(browser.post(preview.location() + "/confirmation").location())
            .isEqualTo("/keys");
      }
      return null;
    };
  }

  private static String reveal(HttpBrowser browser, String path, String token) {
    var answer =
        browser.post(path + "/revelation", List.of(Map.entry("password", WebApp.PASSWORD)), token);
    assertThat(answer.status()).as(answer::text).isEqualTo(200);
    return answer.page().select(".revealed").text();
  }

  /** Maps the name of each key to its path. */
  private static Map<String, String> keys(HttpBrowser browser) {
    var keys = new LinkedHashMap<String, String>();
    for (var link :
        browser.get("/keys?size=100").page().select("td a[href^=/keys/], th a[href^=/keys/]")) {
      if (link.attr("href").matches("/keys/[0-9a-f-]{36}")) {
        keys.put(link.text(), link.attr("href"));
      }
    }
    return keys;
  }
}
