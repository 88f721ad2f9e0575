package dev.keywheel.web.workspaces;

import dev.keywheel.db.query.PageRequest;
import dev.keywheel.people.identity.Account;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.web.form.Fields;
import dev.keywheel.web.page.Page;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All workspaces of the instance, and a page of its accounts.
 *
 * @param viewer the id of the current user
 * @param link a newly issued one-time link, shown once; null if none was issued
 * @param linkFor email address that the link is for; null without a link
 */
public record WorkspacesPage(
    List<Workspace> workspaces,
    Page<Account> accounts,
    PageRequest request,
    UUID viewer,
    Fields fields,
    @Nullable String link,
    @Nullable String linkFor) {

  static final int SIZE = 50;

  /** Whether there are more accounts than one page shows. */
  public boolean searchable() {
    return !request.text().isEmpty() || accounts.isPart();
  }
}
