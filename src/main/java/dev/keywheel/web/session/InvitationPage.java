package dev.keywheel.web.session;

import dev.keywheel.people.identity.Invitation;
import dev.keywheel.web.page.Url;
import org.jspecify.annotations.Nullable;

/**
 * An invitation to a workspace.
 *
 * @param own whether the signed-in user is the invited one
 * @param error why the chosen password was not taken
 */
public record InvitationPage(
    Invitation invitation, String token, boolean own, @Nullable String error) {
  /** The sign-in that leads back here. */
  public String signIn() {
    return Url.of("/login")
        .with("next", Url.of(InvitationRoutes.PATH).with("token", token))
        .toString();
  }
}
