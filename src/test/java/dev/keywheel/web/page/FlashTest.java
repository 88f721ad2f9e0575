package dev.keywheel.web.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlashTest {
  @Test
  void a_message_with_an_offer_is_read_unchanged_from_its_cookie() {
    for (var offer :
        new Flash.Offer[] {
          new Flash.Link("Report | of 3 keys", "/keys/imports/1?part=a|b"),
          new Flash.Undo("Undo", "/keys/changes/1/undo")
        }) {
      var flash = new Flash(Severity.OK, "Saved | done.", offer);
      assertThat(Flash.ofCookie(flash.toCookie())).contains(flash);
    }
    var plain = new Flash(Severity.WARN, "Nothing | changed.", null);
    assertThat(Flash.ofCookie(plain.toCookie())).contains(plain);
  }

  @Test
  void a_long_message_is_not_cut_inside_a_character() {
    var flash = new Flash(Severity.OK, "x".repeat(499) + "🔑 and more", null);
    assertThat(Flash.ofCookie(flash.toCookie()))
        .contains(new Flash(Severity.OK, "x".repeat(499), null));
  }

  @Test
  void a_malformed_cookie_and_an_offer_for_another_server_are_ignored() {
    assertThat(Flash.ofCookie("%")).isEmpty();
    var elsewhere = new Flash(Severity.OK, "Saved.", new Flash.Link("Report", "//example.com/"));
    assertThat(Flash.ofCookie(elsewhere.toCookie()))
        .contains(new Flash(Severity.OK, "Saved.", null));
  }
}
