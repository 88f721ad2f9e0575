package dev.keywheel.web.workspaces;

import dev.keywheel.people.identity.Account;
import dev.keywheel.people.identity.Workspace;
import dev.keywheel.web.form.Fields;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All workspaces and accounts of the instance.
 *
 * @param viewer the id of the current user
 * @param link a newly issued one-time link, shown once; null if none was issued
 * @param linkFor email address that the link is for; null without a link
 */
public record WorkspacesPage(
    List<Workspace> workspaces,
    List<Account> accounts,
    UUID viewer,
    Fields fields,
    @Nullable String link,
    @Nullable String linkFor) {}
