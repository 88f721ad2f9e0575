package dev.keywheel.people.audit;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.keywheel.db.Json;
import dev.keywheel.secret.AuditKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file outside the database that holds the end of each workspace's log. Lines that are cut off
 * together with their signed head, and restored backups, show against it.
 */
public final class AuditAnchor {
  private static final Logger log = LoggerFactory.getLogger(AuditAnchor.class);
  private static final int VERSION = 1;

  private final Path file;
  private final AuditKeys keys;
  private volatile String problem = "";

  public AuditAnchor(Path file, AuditKeys keys) {
    this.file = file;
    this.keys = keys;
  }

  /** The last verified line of a workspace at a time, signed. */
  record Mark(long position, byte[] hash, Instant at, UUID key, byte[] mac) {}

  Path file() {
    return file;
  }

  /** Why the file cannot be read or written; empty if it can. */
  String problem() {
    return problem;
  }

  Map<UUID, Mark> read() {
    try {
      problem = "";
      return Files.exists(file)
          ? new TreeMap<>(
              Json.MAPPER.readValue(
                  Files.readString(file), new TypeReference<Map<UUID, Mark>>() {}))
          : new TreeMap<>();
    } catch (IOException e) {
      failed(e);
      return new TreeMap<>();
    }
  }

  /** Replaces the file in one step. */
  void write(Map<UUID, Mark> marks) {
    var fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(fresh, Json.text(marks) + "\n");
      Files.move(fresh, file, ATOMIC_MOVE);
      problem = "";
    } catch (IOException e) {
      failed(e);
    }
  }

  private void failed(IOException e) {
    if (problem.isEmpty()) {
      log.warn("The audit anchor {} cannot be used: {}", file, e.toString());
    }
    problem = e.getClass().getSimpleName();
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
