package dev.keywheel.article.tool.browser;

import dev.keywheel.article.tool.browser.Confinement.Confined;
import dev.keywheel.db.BoundedText;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The processes of a headless Chromium. Chromium writes only to one folder, which is deleted on
 * close. It inherits only {@code PATH}, {@code LANG} and {@code TZ} from Keywheel's environment.
 * Its flags block all connections.
 */
final class BrowserProcess implements AutoCloseable {
  /**
   * Shell command that starts the browser with the standard input and output as file descriptors 3
   * and 4. Allows no core dump and no file larger than 256 MB.
   */
  private static final String HAND_OVER =
      "ulimit -c 0; ulimit -f 524288; exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>errors";

  private static final List<String> FLAGS =
      List.of(
          "--headless=new",
          "--remote-debugging-pipe",
          "--no-first-run",
          "--disable-gpu",
          "--disable-quic",
          "--disable-extensions",
          "--disable-sync",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-default-apps",
          "--disable-dev-shm-usage",
          "--disable-breakpad",
          "--dns-prefetch-disable",
          "--mute-audio",
          "--proxy-server=127.0.0.1:9", // nothing listens there
          "--proxy-bypass-list=<-loopback>",
          "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
          "--webrtc-ip-handling-policy=disable_non_proxied_udp",
          "--host-resolver-rules=MAP * ~NOTFOUND",
          "--window-size=360,640");

  private final Process process;
  private final BrowserFolder folder;
  private final boolean inNamespace;
  private final Set<ProcessHandle> killed = ConcurrentHashMap.newKeySet();

  private BrowserProcess(Process process, BrowserFolder folder, boolean inNamespace) {
    this.process = process;
    this.folder = folder;
    this.inNamespace = inNamespace;
  }

  /**
   * @throws IOException when the browser cannot be started
   */
  static BrowserProcess start(Path chromium, Confined confined) throws IOException {
    var folder = BrowserFolder.create();
    try {
      return new BrowserProcess(
          start(chromium, confined, folder.path()), folder, confined.wrapper().contains("--fork"));
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  private static Process start(Path chromium, Confined confined, Path folder) throws IOException {
    if (confined.user().isPresent()) {
      Files.setAttribute(folder, "unix:uid", confined.user().getAsInt());
    }
    var command = new ArrayList<>(confined.wrapper());
    command.addAll(List.of("sh", "-c", HAND_OVER, "sh", chromium.toAbsolutePath().toString()));
    command.addAll(FLAGS);
    command.add("--user-data-dir=" + folder.resolve("profile"));
    command.add("about:blank");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    var environment = builder.environment();
    environment.keySet().retainAll(List.of("PATH", "LANG", "TZ"));
    for (var name :
        List.of("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")) {
      environment.put(name, folder.toString());
    }
    return builder.start();
  }

  long pid() {
    return process.pid();
  }

  Path folder() {
    return folder.path();
  }

  boolean alive() {
    return process.isAlive();
  }

  InputStream out() {
    return process.getInputStream();
  }

  OutputStream in() {
    return process.getOutputStream();
  }

  /** The first process and its descendants. */
  Stream<ProcessHandle> all() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants());
  }

  /** The first fatal or unprefixed line of the error output, up to 200 characters, or empty. */
  String errorLine() {
    try (var lines = Files.lines(folder().resolve("errors"))) {
      return lines
          .filter(line -> line.contains(":FATAL:") || !line.startsWith("["))
          .map(line -> line.replaceFirst("^\\[[^]]*] ?", "").strip())
          .filter(line -> !line.isEmpty())
          .findFirst()
          .map(line -> BoundedText.start(line, 200))
          .orElse("");
    } catch (IOException | UncheckedIOException none) {
      return "";
    }
  }

  /**
   * Kills the descendants before the process itself: {@code unshare} then reaps the first process
   * of its namespace and ends. If {@code unshare} were killed first, the init process of the
   * machine would have to reap that process, which may take seconds.
   */
  void kill() {
    var present = all().toList();
    killed.addAll(present);
    present.reversed().stream()
        .filter(handle -> handle.pid() != process.pid())
        .forEach(ProcessHandle::destroyForcibly);
    if (inNamespace) {
      process.onExit().completeOnTimeout(process, 1, TimeUnit.SECONDS).join();
    }
    process.destroyForcibly();
  }

  /**
   * Kills all processes and deletes the folder, to which a process may write until it has ended.
   */
  @Override
  public void close() {
    kill();
    // Waits for all processes at once: Java polls processes that are not children every 300 ms.
    CompletableFuture.allOf(
            killed.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, 2, TimeUnit.SECONDS)
        .join();
    folder.close();
  }
}
