package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.support.InterfaceTexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every text of the interface is in one list, so that a review shows each new or changed text next
 * to the others.
 */
class InterfaceTextsTest {
  private static final Path LIST = Path.of("src", "test", "resources", "interface-texts.txt");
  private static final String RENEW = "mvn -Dtest=InterfaceTextsTest -Dkeywheel.texts=write test";

  @Test
  void the_list_contains_the_texts_of_the_interface() throws IOException {
    var texts = InterfaceTexts.all();
    if ("write".equals(System.getProperty("keywheel.texts"))) {
      Files.write(LIST, texts);
    }
    var listed = new TreeSet<>(Files.readAllLines(LIST));
    var added = new TreeSet<>(texts);
    added.removeAll(listed);
    var gone = new TreeSet<>(listed);
    gone.removeAll(texts);
    assertThat(added.isEmpty() && gone.isEmpty())
        .as(
            "Texts of the interface have changed. Read them as a user would, then renew the list:"
                + "%n  %s%nNew:%n  %s%nGone:%n  %s",
            RENEW, String.join("\n  ", added), String.join("\n  ", gone))
        .isTrue();
  }

  @Test
  void texts_of_templates_messages_and_scripts_are_found() {
    assertThat(
            InterfaceTexts.ofTemplate(
                """
                <%-- A comment. --%>
                @param String label = "Copy it"
                <p class="two words" title="Send ${a ? "this one" : "that"}">Read <b>all</b>
                  of it.</p>@if(x.equals("a b"))<i>Yes</i>@endif
                @template.component.empty(title = "No keys", action = @`<a href="/x">Add <em>some</em></a>`)
                """))
        .containsExactlyInAnyOrder(
            "Copy it", "Send …", "this one", "Read all of it.", "Yes", "No keys", "Add some");
    assertThat(
            InterfaceTexts.ofCode(
                "f(\"One \"\n + \"sentence.\", \"word\", \"select id from keys\"); // \"not this one\""))
        .isEqualTo(List.of("One sentence."));
    assertThat(InterfaceTexts.ofCode("f(\"Provider's answer\", \"Author’s name\")"))
        .isEqualTo(List.of("Provider's answer", "Author’s name"));
  }
}
