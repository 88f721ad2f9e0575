package dev.keywheel.web.session;

import dev.keywheel.people.identity.Invitation;
import dev.keywheel.web.page.Url;
import org.jspecify.annotations.Nullable;

/**
 * An invitation to a workspace.
 *
 * @param own whether the signed-in user is the invited user
 * @param error why the chosen password was rejected; null if it was not
 */
public record InvitationPage(
    Invitation invitation, String token, boolean own, @Nullable String error) {
  /** URL of the sign-in that returns to the invitation. */
  public String signIn() {
    return Url.of("/login")
        .with("next", Url.of(InvitationRoutes.PATH).with("token", token))
        .toString();
  }
}
