package dev.keywheel.secret;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The KEK file of the embedded mode, replaced atomically by a rename. Retired keys are kept beside
 * it as {@code <file>.<id>.retired}. All have mode 0600.
 */
record KekFileStore(Path file) implements KekSource {
  private static final Logger LOG = LoggerFactory.getLogger(KekFileStore.class);
  private static final String RETIRED = ".retired";

  @Override
  public List<Kek> read() {
    try {
      Map<String, Kek> keys = new LinkedHashMap<>();
      KekFormat.parse(KekFormat.content(file)).forEach(key -> keys.put(key.id(), key));
      if (!keys.isEmpty()) {
        for (String id : retired().keySet()) {
          KekFormat.parse(KekFormat.content(retiredFile(id)))
              .forEach(key -> keys.putIfAbsent(key.id(), key));
        }
      }
      return List.copyOf(keys.values());
    } catch (IllegalArgumentException e) {
      throw KekFilePermissions.withSource(name(), e);
    }
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public boolean managed() {
    return true;
  }

  @Override
  public void write(List<Kek> keys) {
    write(
        file,
        "# Keywheel's key-encryption key. Without it the API keys in the database cannot be read.\n"
            + "# Keep a copy apart from the backups of the database.\n"
            + keys.stream().map(Kek::base64).collect(Collectors.joining("\n")));
  }

  @Override
  public void retire(Kek key) {
    write(
        retiredFile(key.id()),
        "# A retired key-encryption key. Backups made while it was in use need it.\n"
            + key.base64());
  }

  @Override
  public Map<String, Instant> retired() {
    String prefix = file.getFileName() + ".";
    Map<String, Instant> retired = new LinkedHashMap<>();
    Path folder = folder();
    if (!Files.isDirectory(folder)) {
      return retired;
    }
    try (var files = Files.newDirectoryStream(folder, prefix + "*" + RETIRED)) {
      for (Path kept : files) {
        String name = kept.getFileName().toString();
        String id = name.substring(prefix.length(), name.length() - RETIRED.length());
        retired.put(id, Files.getLastModifiedTime(kept).toInstant());
      }
      return retired;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void delete(String kekId) {
    try {
      removeReplaced(kekId);
      Files.deleteIfExists(retiredFile(kekId));
      sync(folder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes the key from the current file, where an interrupted change may have left it. */
  private void removeReplaced(String kekId) {
    List<Kek> current = KekFormat.parse(KekFormat.content(file));
    List<Kek> left = current.stream().filter(key -> !key.id().equals(kekId)).toList();
    if (!left.isEmpty() && left.size() < current.size()) {
      write(left);
    }
  }

  private Path retiredFile(String kekId) {
    return folder().resolve(file.getFileName() + "." + kekId + RETIRED);
  }

  private Path folder() {
    return Objects.requireNonNull(file.toAbsolutePath().getParent());
  }

  private void write(Path target, String text) {
    Path fresh = target.resolveSibling(target.getFileName() + ".new");
    try {
      Files.createDirectories(folder());
      Files.deleteIfExists(fresh);
      try (var channel = FileChannel.open(fresh, Set.of(CREATE_NEW, WRITE), ownerOnly())) {
        channel.write(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)));
        channel.force(true);
      }
      Files.move(fresh, target, ATOMIC_MOVE);
      sync(folder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Flushes renames to the disk. Only then may data keys be wrapped with a new key: otherwise a
   * power failure could restore the old file, without that key.
   */
  private static void sync(Path folder) {
    if (isPosix()) { // elsewhere a folder cannot be opened
      try (var channel = FileChannel.open(folder, READ)) {
        channel.force(true);
      } catch (IOException e) {
        LOG.debug("The folder {} cannot be synced; some file systems refuse that", folder, e);
      }
    }
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  private static FileAttribute<?>[] ownerOnly() {
    return isPosix()
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
