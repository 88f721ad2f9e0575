package dev.keywheel.article.tool.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrowserFolderTest {
  @TempDir private Path temporary;

  /** A node with a browser, until it is killed. */
  static final class Node {
    private Node() {}

    public static void main(String[] args) throws IOException {
      var folder = BrowserFolder.create().path();
      Files.createDirectories(folder.resolve("profile/Default"));
      Files.writeString(folder.resolve("profile/Default/History"), "x");
      System.out.println(folder);
      System.in.read();
    }
  }

  @Test
  void the_folder_of_a_node_is_deleted_only_after_the_node_was_killed() throws Exception {
    var node =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Node.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = new BufferedReader(new InputStreamReader(node.getInputStream(), UTF_8))) {
      var line = output.readLine();
      assertThat(line).as("the folder, unless the process did not start").isNotNull();
      var folder = Path.of(line);

      BrowserFolder.deleteAbandoned(temporary);
      assertThat(folder.resolve("profile/Default/History")).exists();

      node.destroyForcibly().waitFor();
      BrowserFolder.deleteAbandoned(temporary);
      assertThat(temporary).isEmptyDirectory();
    } finally {
      node.destroyForcibly();
    }
  }

  @Test
  void the_folder_of_a_browser_of_the_same_process_stays_until_it_is_closed() throws IOException {
    var folder = BrowserFolder.create();
    try (folder) {
      BrowserFolder.deleteAbandoned(folder.path().getParent());
      assertThat(folder.path()).exists();
    }
    assertThat(folder.path()).doesNotExist();
    assertThat(Path.of(folder.path() + ".lock")).doesNotExist();
  }

  @Test
  void links_are_deleted_but_not_their_targets() throws IOException {
    var other = Files.createDirectory(temporary.resolve("other"));
    Files.writeString(other.resolve("kept"), "x");
    Files.createSymbolicLink(temporary.resolve("keywheel-browser1"), other);
    Files.createFile(temporary.resolve("keywheel-browser1.lock"));
    var folder = Files.createDirectory(temporary.resolve("keywheel-browser2"));
    Files.createSymbolicLink(folder.resolve("profile"), other);
    Files.createFile(temporary.resolve("keywheel-browser2.lock"));
    Files.createSymbolicLink(temporary.resolve("keywheel-browser.lock"), other.resolve("kept"));
    Files.createDirectory(temporary.resolve("keywheel-browser3")); // has no lock file

    BrowserFolder.deleteAbandoned(temporary);

    assertThat(names(temporary))
        .isEqualTo(Set.of("other", "keywheel-browser.lock", "keywheel-browser3"));
    assertThat(names(other)).isEqualTo(Set.of("kept"));
  }

  @Test
  void a_lock_file_that_cannot_be_locked_does_not_keep_other_folders_from_being_deleted()
      throws IOException {
    for (int i = 0; i < 10; i++) {
      Files.createDirectory(temporary.resolve("keywheel-browser" + i));
      Files.createFile(temporary.resolve("keywheel-browser" + i + ".lock"));
    }
    var channels = new ArrayList<FileChannel>();

    BrowserFolder.deleteAbandoned(
        temporary,
        channel -> {
          channels.add(channel);
          if (channels.size() == 4) {
            throw new IOException("Stale file handle");
          }
          return channel.tryLock();
        });

    assertThat(channels).hasSize(10).noneMatch(FileChannel::isOpen);
    assertThat(names(temporary)).as("one folder and its lock file").hasSize(2);
  }

  @Test
  void a_browser_gets_its_folder_where_files_cannot_be_locked() throws IOException {
    var channels = new ArrayList<FileChannel>();
    var folder =
        BrowserFolder.create(
            channel -> {
              channels.add(channel);
              throw new IOException("No locks available");
            });
    try (folder) {
      assertThat(folder.path()).isDirectory();
      assertThat(Path.of(folder.path() + ".lock")).doesNotExist();
    }
    assertThat(folder.path()).doesNotExist();
    assertThat(channels).hasSize(1).noneMatch(FileChannel::isOpen);
  }

  @Test
  void a_folder_that_another_node_has_deleted_is_not_used() {
    var channels = new ArrayList<FileChannel>();

    assertThatThrownBy(
            () ->
                BrowserFolder.create(
                    channel -> {
                      channels.add(channel);
                      return null;
                    }))
        .hasMessageContaining("was mistaken for that of a killed node");

    assertThat(channels).hasSize(1).noneMatch(FileChannel::isOpen);
  }

  private static Set<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}
