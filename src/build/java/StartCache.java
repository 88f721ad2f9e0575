import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The AOT cache with which {@code mvn} starts Keywheel: it saves almost half of the processor time of
 * a start. It contains the classes of the libraries only, because the JVM stores no classes of
 * folders, but accepts folders on the class path after the jars of the cache. So it is recorded when
 * the libraries change, by one start in the background. A recording that failed is reported once and
 * not repeated until the libraries change.
 */
class StartCache {
  private static final Path FOLDER = Path.of("target", "run", "start-cache");
  private static final Path CACHE = FOLDER.resolve("start.aot");
  private static final Path NEW_CACHE = FOLDER.resolve("new.aot");
  private static final Path DATA = FOLDER.resolve("data");
  private static final Path JAR = FOLDER.resolve("launcher.jar");
  private static final Path STAMP = FOLDER.resolve("libraries.stamp");
  private static final Path PROCESS = FOLDER.resolve("process");
  private static final Path LOG = FOLDER.resolve("recording.log");

  /** Exists after a recording that failed; has content once the failure was reported. */
  private static final Path FAILED = FOLDER.resolve("failed");

  private static final Path ARGUMENTS = FOLDER.resolve("java.args");

  /** Ctrl-C stops the Keywheel in the foreground, not the recording. */
  private static final String RECORD =
      "trap '' INT HUP; nice -n 19 \"$1\" @\"$2\" && mv \"$3\" \"$4\"; result=$?;"
          + " rm -rf \"$5\"; [ $result = 0 ] || touch \"$6\"";

  private final String libraries;

  StartCache(String libraries) {
    this.libraries = libraries;
  }

  /** The class path up to its folders: the same for the recording and for each start. */
  String jars() {
    return JAR + File.pathSeparator + libraries;
  }

  /** The options of the JVM for the next start. */
  List<String> options() {
    return Files.exists(CACHE) ? List.of("-XX:AOTCache=" + CACHE, "-Xlog:aot*=off") : List.of();
  }

  /** Starts the recording unless the cache is complete or its recording has failed. */
  void update(List<String> options, List<String> folders) throws IOException {
    var state = state();
    boolean current = Files.exists(STAMP) && Files.readString(STAMP).equals(state);
    if (current && Files.exists(CACHE)) {
      return;
    }
    boolean failed = Files.exists(FAILED);
    if (current && failed) {
      report();
      return;
    }
    if (!failed && recording()) {
      return;
    }
    if (!current) {
      Sources.deleteTree(FOLDER);
      buildLauncher();
      Files.writeString(STAMP, state);
    }
    record(options, folders);
  }

  private String state() throws IOException {
    var state = new StringBuilder(Runtime.version().toString()).append('\n');
    for (var jar : libraries.split(File.pathSeparator)) {
      var file = Path.of(jar);
      state.append(jar).append(' ').append(Files.getLastModifiedTime(file)).append('\n');
    }
    return state.toString();
  }

  private static void report() throws IOException {
    if (Files.size(FAILED) == 0) {
      System.out.println(
          "Starts do not use an AOT cache, because the start that records it failed. The cause is in "
              + LOG
              + "; rm -r "
              + FOLDER
              + " repeats the recording.");
      Files.writeString(FAILED, "reported");
    }
  }

  private static boolean recording() throws IOException {
    if (!Files.exists(PROCESS)) {
      return false;
    }
    var process = Files.readString(PROCESS, StandardCharsets.ISO_8859_1);
    var number = new Scanner(process); // the file may be damaged, as by a full disk
    return number.hasNextLong()
        && ProcessHandle.of(number.nextLong())
            .filter(running -> identity(running).equals(process))
            .isPresent();
  }

  /** The start time distinguishes the process from a later one with the same number. */
  private static String identity(ProcessHandle process) {
    return process.pid() + " " + process.info().startInstant().orElse(Instant.EPOCH);
  }

  private static void buildLauncher() throws IOException {
    var classes = FOLDER.resolve("launcher");
    Files.createDirectories(classes);
    tool("javac", "-d", classes.toString(), Path.of("src", "build", "java", "Launcher.java").toString());
    tool("jar", "--create", "--file", JAR.toString(), "-C", classes.toString(), ".");
  }

  private static void tool(String name, String... arguments) {
    var tool = ToolProvider.findFirst(name).orElseThrow();
    if (tool.run(System.out, System.err, arguments) != 0) {
      throw new IllegalStateException(name + " failed");
    }
  }

  private void record(List<String> options, List<String> folders) throws IOException {
    var arguments = new ArrayList<>(options);
    arguments.addAll(
        List.of(
            "-XX:AOTCacheOutput=" + NEW_CACHE,
            "-Dkeywheel.trainingRun=true",
            // Logback looks for its file with the loader of the libraries.
            "-Dlogback.configurationFile=src/main/resources/logback.xml",
            "-classpath",
            quoted(jars()),
            "Launcher"));
    arguments.addAll(folders);
    Files.write(ARGUMENTS, arguments);
    var java = Path.of(System.getProperty("java.home"), "bin", "java");
    var command =
        Stream.of("sh", "-c", RECORD, "sh", java, ARGUMENTS, NEW_CACHE, CACHE, DATA, FAILED)
            .map(Object::toString)
            .collect(Collectors.toList());
    var recording =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(LOG.toFile());
    var environment = recording.environment();
    environment.keySet().removeIf(name -> name.startsWith("KEYWHEEL_") || name.startsWith("DATABASE_"));
    environment.put("PORT", "0");
    environment.put("KEYWHEEL_DATA", DATA.toString());
    environment.put("KEYWHEEL_ADMIN_EMAIL", "training@example.org");
    environment.put("KEYWHEEL_ADMIN_PASSWORD", "a password of the training run only");
    Files.writeString(PROCESS, identity(recording.start().toHandle()));
  }

  /** A value in a file of arguments of the {@code java} command. */
  static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\") + '"';
  }
}
