package dev.keywheel.key.imports;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The account that a line of an import names. */
class ImportedAccountTest {
  private static final String K = "sk-or-v1-" + "0123456789abcdef".repeat(4);

  @Test
  void a_line_with_a_too_long_account_is_refused() {
    String owner = "a".repeat(200);
    String csv = "key,account\n" + K + "," + owner + "\n" + K + "2," + owner + "a\n";
    List<ParsedKey> lines = KeyListParser.parse("openrouter", csv);
    assertThat(lines.getFirst().account()).isEqualTo(owner);
    assertThat(lines.getFirst().problem()).isNull();
    assertThat(lines.getLast().problem()).isEqualTo("Account too long (201 of 200 characters)");
  }

  @Test
  void an_object_in_json_may_name_the_account() {
    String json =
        "[{'name':'a','key':'K1','account':'acme'},{'name':'b','key':'K2','organization':' '},"
            + "{'name':'c','key':'K3','account':'LONG'}]";
    List<ParsedKey> lines =
        KeyListParser.parse(
            "openrouter", json.replace('\'', '"').replace("K", K).replace("LONG", "a".repeat(201)));
    assertThat(lines.get(0).account()).isEqualTo("acme");
    assertThat(lines.get(1).account()).isNull();
    assertThat(lines.get(1).problem()).isNull();
    assertThat(lines.get(2).problem()).isEqualTo("Account too long (201 of 200 characters)");
  }
}
