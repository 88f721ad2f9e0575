package dev.keywheel.article.tool.browser;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one browser. A locked file next to it, where no browser can write, shows that its
 * node is running. The folder of a killed node is deleted when another node starts.
 */
final class BrowserFolder implements AutoCloseable {
  private static final String PREFIX = "keywheel-browser";
  private static final String LOCK = ".lock";
  private static final int MAX_DELETION_TRIES = 5;

  /** Lock files of this process; closing a second channel to such a file would release its lock. */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  /** {@link FileChannel#tryLock()}; tests replace it, because it fails on some file systems. */
  interface Locks {
    @Nullable FileLock tryLock(FileChannel file) throws IOException;
  }

  private final Path path;
  private final Path lock;
  private final FileChannel channel;

  private BrowserFolder(Path path, Path lock, FileChannel channel) {
    this.path = path;
    this.lock = lock;
    this.channel = channel;
  }

  static BrowserFolder create() throws IOException {
    return create(FileChannel::tryLock);
  }

  static BrowserFolder create(Locks locks) throws IOException {
    var path = Files.createTempDirectory(PREFIX);
    var lock = path.resolveSibling(path.getFileName() + LOCK);
    OWN.add(lock);
    try {
      var folder = new BrowserFolder(path, lock, FileChannel.open(lock, CREATE_NEW, WRITE));
      if (folder.claim(locks)) {
        return folder;
      }
      folder.close();
      throw new IOException("its folder was mistaken for that of a killed node");
    } catch (IOException e) {
      OWN.remove(lock);
      delete(path);
      throw e;
    }
  }

  /** Locks the folder. Returns false if another node has deleted it or is about to delete it. */
  private boolean claim(Locks locks) {
    try {
      return locks.tryLock(channel) != null && Files.exists(path);
    } catch (IOException noLocks) {
      // Some network file systems have no locks. No node deletes a folder without a lock file.
      return lock.toFile().delete() && Files.exists(path);
    }
  }

  Path path() {
    return path;
  }

  /** Deletes the folders of nodes that were killed, on any machine that shares this directory. */
  static void deleteAbandoned(Path temporary) {
    deleteAbandoned(temporary, FileChannel::tryLock);
  }

  static synchronized void deleteAbandoned(Path temporary, Locks locks) {
    try (var files = Files.newDirectoryStream(temporary, PREFIX + "*" + LOCK)) {
      var user = Files.getOwner(Path.of("/proc/self"));
      for (var lock : files) {
        // Lock files of other users are not trusted: their folders may be links to any place.
        if (!OWN.contains(lock)
            && Files.isRegularFile(lock, NOFOLLOW_LINKS)
            && Files.getOwner(lock, NOFOLLOW_LINKS).equals(user)) {
          deleteAbandonedOf(lock, locks);
        }
      }
    } catch (IOException | UncheckedIOException | DirectoryIteratorException none) {
      // The next start tries again.
    }
  }

  private static void deleteAbandonedOf(Path lock, Locks locks) {
    var name = lock.getFileName().toString();
    try (var channel = FileChannel.open(lock, WRITE, NOFOLLOW_LINKS)) {
      if (locks.tryLock(channel) != null) {
        delete(lock.resolveSibling(name.substring(0, name.length() - LOCK.length())), lock);
      }
    } catch (IOException one) {
      // The deletion of this folder may fail at every start; the other folders are still deleted.
    }
  }

  /** A folder that could not be deleted keeps its lock file, and a later start deletes both. */
  private static void delete(Path path, Path lock) throws IOException {
    for (int tries = 0; tries < MAX_DELETION_TRIES && Files.exists(path, NOFOLLOW_LINKS); tries++) {
      delete(path);
    }
    if (Files.notExists(path, NOFOLLOW_LINKS)) {
      Files.deleteIfExists(lock);
    }
  }

  private static void delete(Path folder) {
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    } catch (IOException | UncheckedIOException changed) {
      // A file was removed between the listing and its deletion.
    }
  }

  /** Deletes the folder. Call it only after all processes that write to the folder have ended. */
  @Override
  public void close() {
    try (channel) {
      delete(path, lock);
    } catch (IOException e) {
      // The next start deletes the folder.
    } finally {
      OWN.remove(lock);
    }
  }
}
