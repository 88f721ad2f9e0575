package dev.keywheel.key.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The account that a line of an import specifies. */
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
  void an_account_that_looks_like_a_key_is_not_imported_as_a_key() {
    String json =
        "{'ada':{'key':'K1','account':'org-AbCdEf0123456789xyz'},"
            + "'bob':{'secret':'K2','organization':'org-AbCdEf0123456789xyz'}}";
    List<ParsedKey> lines = parse(json);
    assertThat(lines).extracting(ParsedKey::name).containsExactly("ada", "bob");
    assertThat(lines).extracting(ParsedKey::account).containsOnly("org-AbCdEf0123456789xyz");
    assertThat(lines).extracting(ParsedKey::problem).containsOnlyNulls();
  }

  @Test
  void a_key_in_the_account_field_is_not_stored() {
    assertThat(parse("{'keys':{'account':'K1','secret':'K2'}}"))
        .extracting(ParsedKey::name, ParsedKey::clear, ParsedKey::account)
        .containsExactly(tuple("account", K + "1", null), tuple("secret", K + "2", null));
  }

  @Test
  void a_blank_account_in_json_does_not_hide_the_next_field() {
    assertThat(parse("[{'key':'K1','account':' ','organization':'acme'}]"))
        .extracting(ParsedKey::account)
        .containsExactly("acme");
  }

  private static List<ParsedKey> parse(String json) {
    return KeyListParser.parse("openrouter", json.replace('\'', '"').replaceAll("K(?=\\d)", K));
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
    assertThat(lines.get(2).problem())
        .isEqualTo("Account too long (201 of 200 characters) (key 3 of this line)");
  }
}
