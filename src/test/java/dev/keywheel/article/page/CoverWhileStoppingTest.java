package dev.keywheel.article.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A picture that is decoded while the virtual machine shuts down. */
class CoverWhileStoppingTest {

  /** Decodes its first picture in a shutdown hook. */
  static final class Stopping {
    public static void main(String[] args) {
      Runtime.getRuntime().addShutdownHook(new Thread(Stopping::read));
    }

    private static void read() {
      System.out.println(
          CoverImage.read(CoverImage.drawn("Late")) instanceof CoverImage.ReadResult.Usable);
    }
  }

  @Test
  void the_first_picture_of_a_process_can_be_read_while_the_process_stops() throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Stopping.class.getName())
            .redirectErrorStream(true)
            .start();

    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(output).isEqualToIgnoringNewLines("true");
  }
}
