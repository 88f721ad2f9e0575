package dev.keywheel.people.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.WRITE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.keywheel.db.Json;
import dev.keywheel.secret.AuditKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file outside the database that holds the end of each workspace's log. It reveals a restored
 * backup, and lines that were cut off together with the signed head.
 */
public final class AuditAnchor {
  private static final Logger log = LoggerFactory.getLogger(AuditAnchor.class);
  private static final int VERSION = 1;

  /** Maximum interval at which the end of a growing log is written to the server log. */
  private static final Duration LOG_EVERY = Duration.ofHours(1);

  private static final int LOG_LINES = 100;

  private final Path file;
  private final AuditKeys keys;
  private final Map<UUID, Mark> logged = new ConcurrentHashMap<>();
  private volatile String problem = "";

  public AuditAnchor(Path file, AuditKeys keys) {
    this.file = file;
    this.keys = keys;
  }

  /** The last verified line of a workspace as of {@code at}; {@code mac} signs the other values. */
  record Mark(long position, byte[] hash, Instant at, UUID key, byte[] mac) {
    Mark {
      // JSON from the file may lack values.
      Stream.of(hash, at, key, mac).forEach(Objects::requireNonNull);
    }
  }

  Path file() {
    return file;
  }

  /** The problem with the file, worded as the predicate of a sentence; empty if there is none. */
  String problem() {
    if (!problem.isEmpty()) {
      return "cannot be used ("
          + problem
          + "): entries removed from the end may go unnoticed. Set KEYWHEEL_AUDIT_ANCHOR to a"
          + " writable path.";
    }
    return Files.exists(damaged(1))
        ? "was damaged and was replaced: entries removed from the end before it was replaced may have"
            + " gone unnoticed. Examine the damaged file "
            + damaged(1)
            + ", then remove it."
        : "";
  }

  /** The path at which a damaged file is kept for the administrator. */
  private Path damaged(int number) {
    return file.resolveSibling(file.getFileName() + ".damaged" + (number == 1 ? "" : "-" + number));
  }

  /** The mark of a workspace; empty if there is none or the file cannot be read. */
  synchronized Optional<Mark> find(UUID workspace) {
    try {
      var marks = read();
      problem = "";
      return Optional.ofNullable(marks.get(workspace));
    } catch (IOException e) {
      reportFailure(e);
      return Optional.empty();
    }
  }

  /**
   * Sets the mark of a workspace, unless the file has a valid one at this position. Writes the mark
   * to the server log every {@link #LOG_EVERY} or {@link #LOG_LINES} lines.
   */
  void move(UUID workspace, Mark mark) {
    var before = find(workspace);
    if (before.isEmpty()
        || before.get().position() != mark.position()
        || !verifies(workspace, before.get())) {
      put(workspace, mark);
    }
    logHead(workspace, mark);
  }

  /** Sets the mark of a workspace. Replaces the file in one step. */
  synchronized void put(UUID workspace, Mark mark) {
    try {
      var folder =
          Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
      var marks = read();
      marks.put(workspace, mark);
      var fresh = Files.createTempFile(folder, file.getFileName() + ".", ".new");
      try {
        try (var channel = FileChannel.open(fresh, WRITE)) {
          channel.write(ByteBuffer.wrap((Json.text(marks) + "\n").getBytes(UTF_8)));
          channel.force(true); // a power failure must not leave an empty file
        }
        Files.move(fresh, file, ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
      problem = "";
    } catch (IOException e) {
      reportFailure(e);
    }
  }

  private Map<UUID, Mark> read() throws IOException {
    if (!Files.exists(file)) {
      return new TreeMap<>();
    }
    try {
      var text = Files.readString(file);
      return new TreeMap<>(
          Objects.requireNonNull(
              Json.MAPPER.readValue(text, new TypeReference<Map<UUID, Mark>>() {})));
    } catch (JsonProcessingException | CharacterCodingException | NullPointerException e) {
      keepDamaged(e);
      return new TreeMap<>();
    }
  }

  private void keepDamaged(Exception cause) throws IOException {
    var kept =
        IntStream.iterate(1, number -> number + 1)
            .mapToObj(this::damaged)
            .filter(Files::notExists)
            .findFirst()
            .orElseThrow();
    Files.move(file, kept);
    log.error("The audit anchor {} is damaged; kept as {}: {}", file, kept, cause.toString());
  }

  private void reportFailure(IOException e) {
    if (problem.isEmpty()) {
      log.warn("The audit anchor {} cannot be used: {}", file, e.toString());
    }
    problem = e.getClass().getSimpleName();
  }

  private void logHead(UUID workspace, Mark mark) {
    var before = logged.get(workspace);
    boolean due =
        before == null
            || mark.position() >= before.position() + LOG_LINES
            || (mark.position() > before.position()
                && !mark.at().isBefore(before.at().plus(LOG_EVERY)));
    if (due) {
      logged.put(workspace, mark);
      log.info("audit head {} {} {}", workspace, mark.position(), AuditAppender.hex(mark.hash()));
    }
  }

  Mark mark(UUID workspace, long position, byte[] hash, Instant at, UUID key) {
    var mac = keys.mac(key, encoded(workspace, position, hash, at, key)).orElseThrow();
    return new Mark(position, hash, at, key, mac);
  }

  boolean verifies(UUID workspace, Mark mark) {
    return keys.mac(
            mark.key(), encoded(workspace, mark.position(), mark.hash(), mark.at(), mark.key()))
        .filter(right -> MessageDigest.isEqual(right, mark.mac()))
        .isPresent();
  }

  private static byte[] encoded(UUID workspace, long position, byte[] hash, Instant at, UUID key) {
    return new LineEncoding(VERSION, "keywheel audit anchor")
        .add(key)
        .add(workspace)
        .add(position)
        .add(hash)
        .add(at.toString())
        .bytes();
  }
}
