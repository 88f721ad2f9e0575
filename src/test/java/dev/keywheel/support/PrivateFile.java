package dev.keywheel.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A file that only its owner may read, as required for a key-encryption key. */
public final class PrivateFile {
  private PrivateFile() {}

  public static Path write(Path file, String text) {
    return write(file, text, "rw-------");
  }

  /**
   * @param mode for example {@code rw-r-----}
   */
  public static Path write(Path file, String text, String mode) {
    try {
      Files.writeString(file, text);
      return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
