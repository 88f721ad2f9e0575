package dev.keywheel.secret;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
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
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The KEK file of the embedded mode: mode 0600, replaced atomically by a rename. */
record KekFileStore(Path file) implements KekSource {

  @Override
  public List<Kek> read() {
    try {
      return KekFormat.parse(KekFormat.content(file));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name() + " " + e.getMessage(), e);
    }
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public boolean ours() {
    return true;
  }

  @Override
  public void write(List<Kek> keys) {
    String text =
        "# Keywheel's key-encryption key. Without it the API keys in the database cannot be read.\n"
            + "# Keep a copy apart from the backups of the database.\n"
            + keys.stream().map(Kek::base64).collect(Collectors.joining("\n"))
            + "\n";
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.deleteIfExists(fresh);
      try (var channel = FileChannel.open(fresh, Set.of(CREATE_NEW, WRITE), ownerOnly())) {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        channel.force(true);
      }
      Files.move(fresh, file, ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileAttribute<?>[] ownerOnly() {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
