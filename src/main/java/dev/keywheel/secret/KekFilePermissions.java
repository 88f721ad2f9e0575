package dev.keywheel.secret;

import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Set;

/**
 * Checks who may read a file with key-encryption keys: only its owner, and also its group if the
 * owner is root, as for a secret that is mounted into a container for the group of its user.
 * PostgreSQL has the same rule for the private key of its server.
 */
final class KekFilePermissions {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rwx------");

  private KekFilePermissions() {}

  /** Thrown if other accounts may read or change the file. */
  static final class Exposed extends IllegalArgumentException {
    private Exposed(String message) {
      super(message);
    }

    private Exposed(Path file, Set<PosixFilePermission> mode) {
      this(
          "is in a file with mode "
              + octal(mode)
              + " that other accounts may "
              + (mode.stream().anyMatch(p -> p.name().matches("(GROUP|OTHERS)_WRITE"))
                  ? "change"
                  : "read")
              + "; make it private: chmod 600 "
              + file);
    }
  }

  /** Throws {@link Exposed} if others may access the file. Checks POSIX file systems only. */
  static void check(Path file) throws IOException {
    var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return;
    }
    var attributes = view.readAttributes();
    var excess = EnumSet.copyOf(attributes.permissions());
    excess.removeAll(OWNER);
    if (ownedByRoot(file, attributes.owner())) {
      excess.remove(GROUP_READ);
    }
    if (!excess.isEmpty()) {
      throw new Exposed(file, attributes.permissions());
    }
  }

  /** Compares the numeric user id, because a container may have no user names. */
  private static boolean ownedByRoot(Path file, UserPrincipal owner) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? Files.getAttribute(file, "unix:uid").equals(0)
        : owner.getName().equals("root");
  }

  /** The same exception with the name of the source before its message. */
  static IllegalArgumentException withSource(String source, IllegalArgumentException problem) {
    String message = source + " " + problem.getMessage();
    return problem instanceof Exposed
        ? new Exposed(message)
        : new IllegalArgumentException(message, problem);
  }

  private static String octal(Set<PosixFilePermission> mode) {
    int bits = 0;
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      bits = bits << 1 | (mode.contains(permission) ? 1 : 0);
    }
    return "0%03o".formatted(bits);
  }
}
