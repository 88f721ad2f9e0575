package dev.keywheel.web.settings;

import dev.keywheel.people.identity.Member;
import dev.keywheel.web.form.Fields;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The members of the workspace.
 *
 * @param viewer the current user, who cannot remove their own role by accident
 * @param link a newly issued one-time link, shown once
 * @param linkFor the member the link is for
 */
public record PeoplePage(
    List<Member> members,
    UUID viewer,
    Fields fields,
    @Nullable String link,
    @Nullable String linkFor) {}
