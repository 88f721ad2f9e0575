package dev.keywheel.web.settings;

import dev.keywheel.db.query.PageRequest;
import dev.keywheel.people.identity.Invitation;
import dev.keywheel.people.identity.Member;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.Page;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The members of the workspace.
 *
 * @param invitations invitations that have not been accepted yet; none after the first page
 * @param viewer the current user, who cannot change or remove themselves on this page
 * @param link a newly issued one-time link, shown once; null if none was issued
 * @param linkFor email address that the link is for; null without a link
 */
public record PeoplePage(
    Page<Member> page,
    PageRequest request,
    List<Invitation> invitations,
    Principal viewer,
    Fields fields,
    @Nullable String link,
    @Nullable String linkFor) {

  static final int SIZE = 50;

  /** How long the issued link works; see the constants of the services that issue it. */
  public String linkValidity() {
    return link != null && link.contains(PeopleRoutes.INVITATION + "?") ? "three days" : "an hour";
  }

  /** Whether there are more members than one page shows. */
  public boolean searchable() {
    return !request.text().isEmpty() || page.isPart();
  }

  public boolean own(Member member) {
    return member.userId().equals(viewer.userId());
  }

  /** Whether the current user may disable this member and reset the password. */
  public boolean manages(Member member) {
    return viewer.instanceAdmin() || !member.hasRightsElsewhere();
  }
}
