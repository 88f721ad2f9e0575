package dev.keywheel.web.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.db.query.PageRequest;
import dev.keywheel.people.identity.Member;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Role;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.Page;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PeoplePageTest {
  private static final Principal ADMIN =
      new Principal(new UUID(0, 1), "ada@example.org", new UUID(0, 2), Role.ADMIN, true);

  @Test
  void the_name_of_the_host_does_not_decide_how_long_a_link_works() {
    assertThat(validity("https://invitation.example.org/password?token=x")).isEqualTo("an hour");
    assertThat(validity("https://password.example.org/invitation?token=x")).isEqualTo("three days");
  }

  private static String validity(String link) {
    var members = new Page<Member>(List.of(), null, null);
    var request = new PageRequest("", null, false, 1);
    var email = "grace@example.org";
    return new PeoplePage(members, request, List.of(), ADMIN, Fields.none(), link, email)
        .linkValidity();
  }
}
