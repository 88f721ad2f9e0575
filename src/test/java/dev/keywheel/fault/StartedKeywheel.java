package dev.keywheel.fault;

import dev.keywheel.support.Await;
import dev.keywheel.support.Canary;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keywheel in a separate process, started by its main class and environment variables. Killed at
 * the end of the test, together with a database server that it left running.
 */
public final class StartedKeywheel implements AutoCloseable {
  /** The first start unpacks and initializes a database, possibly on a busy machine. */
  private static final Duration START = Duration.ofMinutes(2);

  private static final Pattern ADDRESS = Pattern.compile("Address +(http://\\S+)");
  private static final Pattern SETUP = Pattern.compile("Set up +(http://\\S+)");

  private final Process process;
  private final Path data;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  /**
   * Copies the database programs into the data folder, and returns the folder. {@code mvn -Pfull}
   * unpacked them when it recorded the AOT cache; the copy saves a start more than a second of
   * processor time. For tests that are not about the first start.
   */
  static Path withPrograms(Path data) {
    var programs = Path.of(System.getProperty("keywheel.programs", "none"));
    if (Files.isDirectory(programs) && Files.notExists(data.resolve(programs.getFileName()))) {
      try (var files = Files.walk(programs)) {
        for (var file : (Iterable<Path>) files::iterator) {
          Files.copy(
              file,
              data.resolve(programs.getParent().relativize(file)),
              StandardCopyOption.COPY_ATTRIBUTES,
              LinkOption.NOFOLLOW_LINKS);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return data;
  }

  /**
   * @param data the folder for {@code KEYWHEEL_DATA}
   * @param environment further variables
   */
  public StartedKeywheel(Path data, Map<String, String> environment) {
    this(data, environment, List.of());
  }

  /**
   * @param options further options of the Java virtual machine
   */
  public StartedKeywheel(Path data, Map<String, String> environment, List<String> options) {
    this(data, environment, options, List.of());
  }

  /** A process with a limit of open files. */
  static StartedKeywheel withFiles(int files, Path data, Map<String, String> environment) {
    var limited = List.of("sh", "-c", "ulimit -n " + files + " && exec \"$0\" \"$@\"");
    return new StartedKeywheel(data, environment, List.of(), limited);
  }

  private StartedKeywheel(
      Path data, Map<String, String> environment, List<String> options, List<String> starter) {
    this.data = data;
    var command = new ArrayList<>(starter);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED"));
    command.addAll(options);
    command.addAll(classPath());
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(StartedKeywheel::isOurs);
    builder.environment().put("KEYWHEEL_DATA", data.toString());
    builder.environment().put("PORT", "0");
    builder.environment().putAll(withMigrations(environment));
    try {
      this.process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.reader = Thread.startVirtualThread(this::read);
  }

  /** Migrations run as the owner of the tables, unless the test sets another role. */
  private static Map<String, String> withMigrations(Map<String, String> environment) {
    var all = new HashMap<>(environment);
    var url = environment.get("DATABASE_URL");
    if (url != null && url.contains("keywheel_app")) {
      all.putIfAbsent("DATABASE_MIGRATION_URL", url.replace("keywheel_app", "keywheel_owner"));
    }
    return all;
  }

  /**
   * With {@code -Pfull} the jar and the AOT cache of the build, which halves the CPU time of a
   * start; otherwise the classes of this process.
   */
  private static List<String> classPath() {
    String cache = System.getProperty("keywheel.aot", "none");
    return Files.exists(Path.of(cache))
        ? List.of("-XX:AOTCache=" + cache, "-jar", System.getProperty("keywheel.jar", ""))
        : List.of("-cp", System.getProperty("java.class.path"), "dev.keywheel.Main");
  }

  private static boolean isOurs(String variable) {
    return variable.startsWith("KEYWHEEL_")
        || variable.startsWith("DATABASE_")
        || variable.equals("PORT");
  }

  private void read() {
    try (BufferedReader output = process.inputReader()) {
      output.lines().peek(Canary::watchOutput).forEach(lines::add);
    } catch (IOException | UncheckedIOException gone) {
      // The process was killed; its output so far was read.
    }
  }

  public StartedKeywheel awaitReady() {
    awaitLine("Keywheel is ready");
    Await.until(this::output, START, () -> output().contains("Ctrl-C stops it."));
    return this;
  }

  public void awaitLine(String part) {
    Await.until(
        () -> "\"" + part + "\" in the output:\n" + output(),
        START,
        () -> {
          boolean ended = !process.isAlive();
          if (ended) {
            readToEnd();
          }
          boolean found = output().contains(part);
          if (ended && !found) {
            throw new AssertionError("it ended without \"" + part + "\":\n" + output());
          }
          return found;
        });
  }

  public String output() {
    return String.join("\n", lines);
  }

  public URI address() {
    return URI.create(found(ADDRESS).orElseThrow(() -> new AssertionError(output())));
  }

  Optional<URI> setupLink() {
    return found(SETUP).map(URI::create);
  }

  private Optional<String> found(Pattern pattern) {
    Matcher matcher = pattern.matcher(output());
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** Sends SIGTERM, as Ctrl-C, a container engine or systemd do. */
  public void terminate() {
    // Process.destroy would also close its output.
    process.toHandle().destroy();
  }

  /** Sends SIGKILL: the process executes nothing more. */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  /** The process, for tests that suspend and resume it. */
  public ProcessHandle process() {
    return process.toHandle();
  }

  /**
   * Waits for the process and returns its exit code.
   *
   * @throws AssertionError if it has not ended within {@code atMost}
   */
  public int awaitEnd(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + atMost + ":\n" + output());
    }
    readToEnd();
    return process.exitValue();
  }

  /**
   * Waits until the output of the ended process has been read. A server that it left running may
   * continue to write.
   */
  private void readToEnd() {
    try {
      reader.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The database server of the data folder, if one is running. */
  Optional<ProcessHandle> database() {
    Path pidFile = data.resolve("postgres/postmaster.pid");
    try {
      // The server creates the file empty.
      return Files.readAllLines(pidFile).stream()
          .findFirst()
          .flatMap(line -> ProcessHandle.of(Long.parseLong(line.strip())))
          .filter(ProcessHandle::isAlive)
          .filter(StartedKeywheel::isServer);
    } catch (IOException notRunning) {
      return Optional.empty();
    }
  }

  private static boolean isServer(ProcessHandle process) {
    return process.info().command().map(command -> command.contains("postgres")).orElse(false);
  }

  @Override
  public void close() throws InterruptedException {
    kill();
    database().ifPresent(ProcessHandle::destroyForcibly);
    Canary.watchFiles(data);
  }
}
