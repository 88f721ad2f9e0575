package dev.keywheel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywheel.support.HttpBrowser;
import dev.keywheel.support.WebApp;
import java.util.Locale;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class OperatorCommandTest {
  private static final String NEW_PASSWORD = "nine geese on a lake";

  @AutoClose private final RunningApp app = RunningApp.withAdministrator();
  private final HttpBrowser signedIn = app.administrator();

  @Test
  void the_operator_makes_a_password_link_for_the_only_administrator() throws Exception {
    String printed = run(OperatorCommand.MAKE_PASSWORD_LINK, WebApp.EMAIL.toUpperCase(Locale.ROOT));
    assertThat(printed).contains("/password?token=");
    String path = printed.substring(printed.indexOf("/password?token="));
    String token = app.browser().get(path).page().select("input[name=token]").val();
    app.browser().post("/password", "token", token, "password", NEW_PASSWORD);

    assertThat(app.browser().get(path).status()).as("one use").isEqualTo(403);
    assertThat(signedIn.get("/settings/account").status()).as("signed out").isEqualTo(303);
    assertThat(signIn(signedIn, WebApp.PASSWORD)).isEqualTo(422);
    assertThat(signIn(signedIn, NEW_PASSWORD)).isEqualTo(303);
    assertThat(signedIn.get("/settings/audit?log=instance").text())
        .contains("the operator of the server made a password link " + WebApp.EMAIL);
  }

  @Test
  void a_command_names_an_unknown_user_and_a_missing_address() {
    assertThatThrownBy(() -> run(OperatorCommand.MAKE_PASSWORD_LINK, "nobody@example.org"))
        .isInstanceOf(StartProblem.class)
        .hasMessage("There is no user nobody@example.org.");
    assertThatThrownBy(() -> run(OperatorCommand.MAKE_PASSWORD_LINK))
        .isInstanceOf(StartProblem.class)
        .hasMessage("Usage: make-password-link ada@example.org");
  }

  private String run(String... args) throws StartProblem {
    return OperatorCommand.run(app.config(), SystemServices.real(), args);
  }

  private static int signIn(HttpBrowser browser, String password) {
    return browser.post("/login", "email", WebApp.EMAIL, "password", password).status();
  }
}
