package dev.keywheel.web.session;

import dev.keywheel.people.InvitationService;
import dev.keywheel.people.MemberService;
import dev.keywheel.people.SignIn;
import dev.keywheel.people.secondfactor.PasskeySignIn;
import dev.keywheel.people.secondfactor.SecondStep;
import dev.keywheel.people.secondfactor.StepUp;
import dev.keywheel.web.server.Screen;
import dev.keywheel.web.server.WebContext;
import java.util.List;
import java.util.function.BooleanSupplier;

/** All screens about the session of a browser. */
public final class SessionScreens {
  private SessionScreens() {}

  /**
   * @param withoutUsers whether no user exists, so that sign-in leads to the set-up
   */
  public static List<Screen> of(
      WebContext web,
      SignIn signIn,
      SecondStep secondStep,
      PasskeySignIn passkeySignIn,
      StepUp stepUp,
      MemberService people,
      InvitationService invitations,
      BooleanSupplier withoutUsers) {
    return List.of(
        new SessionRoutes(web, signIn, secondStep, withoutUsers),
        new SecondStepRoutes(web, secondStep, passkeySignIn),
        new ConfirmRoutes(web, signIn, stepUp),
        new PasswordRoutes(web, people),
        new InvitationRoutes(web, invitations));
  }
}
