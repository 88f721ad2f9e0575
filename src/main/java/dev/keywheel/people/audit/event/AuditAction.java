package dev.keywheel.people.audit.event;

import java.util.Arrays;
import java.util.Optional;

/**
 * Every audited action, with the text that is stored, and the label if the page shows a different
 * text. {@code docs/audit-events.md} describes the actions. A stored text never changes, since old
 * entries contain it and their signatures cover it.
 */
public enum AuditAction {
  // Sign-in and sessions
  SIGNED_IN("signed in"),
  SIGN_IN_REFUSED("sign-in refused"),
  PASSWORD_REFUSED("password refused"),
  SIGNED_OUT("signed out"),
  ENDED_SESSION("ended a session"),
  CHANGED_PASSWORD("changed their password"),
  CHOSE_PASSWORD("chose a password"),
  ADDED_PASSKEY("added a passkey"),
  REMOVED_PASSKEY("removed a passkey"),
  SET_UP_AUTHENTICATOR_APP("set up an authenticator app"),
  REMOVED_AUTHENTICATOR_APP("removed an authenticator app"),
  MADE_NEW_RECOVERY_CODES("made new recovery codes"),
  SECOND_FACTOR_REFUSED("second factor refused"),
  USED_RECOVERY_CODE("used a recovery code"),
  RESET_SECOND_FACTOR("reset a second factor"),
  LOST_SECOND_FACTOR("lost the second factor"),
  CREATED_FIRST_ADMINISTRATOR("created the first administrator"),

  // Refused requests
  DENIED_ACCESS("denied access"),
  REFUSED_FORGED_REQUEST("refused a forged request"),
  LIMITED_RATE_OF_REQUESTS("limited the rate of requests"),
  LEFT_OUT_FURTHER_REFUSALS("left out further refusals"),
  LIMITED_FAILED_ACCESS_TOKENS("limited failed access tokens"),
  COULD_NOT_CONNECT_SECURELY("could not connect securely"),

  // Members and settings
  INVITED_MEMBER("invited a member"),
  WITHDREW_INVITATION("withdrew an invitation"),
  JOINED_WORKSPACE("joined the workspace"),
  ENTERED_WORKSPACE("entered the workspace"),
  REMOVED_MEMBER("removed a member"),
  CREATED_WORKSPACE("created a workspace"),
  RENAMED_WORKSPACE("renamed a workspace"),
  ARCHIVED_WORKSPACE("archived a workspace"),
  RESTORED_WORKSPACE("restored a workspace"),
  APPOINTED_INSTANCE_ADMINISTRATOR("appointed an instance administrator"),
  DISMISSED_INSTANCE_ADMINISTRATOR("dismissed an instance administrator"),
  CHANGED_ROLE("changed a role"),
  DISABLED_MEMBER("disabled a member"),
  ENABLED_MEMBER("enabled a member"),
  MADE_PASSWORD_LINK("made a password link"),
  CHANGED_SETTINGS("changed settings"),
  CHANGED_KEY_ENCRYPTION_KEY("changed the key-encryption key"),
  DELETED_RETIRED_KEY_ENCRYPTION_KEY("deleted a retired key-encryption key"),
  ROTATED_DATA_KEY("rotated the data key"),
  DELETED_RETIRED_DATA_KEY("deleted a retired data key"),
  UNSEALED_VAULT("unsealed the vault"),

  // Keys
  IMPORTED_KEYS("imported keys"),
  REPLACED_SECRET("replaced a secret"),
  REPLACED_SECRETS("replaced secrets"),
  REVEALED_KEY("revealed a key"),
  RENAMED_KEY("renamed a key"),
  ENABLED_KEYS("enabled keys"),
  DISABLED_KEYS("disabled keys"),
  DELETED_KEYS("deleted keys"),
  RESTORED_KEYS("restored keys"),
  SET_ACCOUNT_OF_KEYS("set the account of keys"),
  TAGGED_KEYS("tagged keys"),
  UNTAGGED_KEYS("untagged keys"),
  EXPORTED_LIST_OF_KEYS("exported the list of keys"),
  REQUESTED_DEEP_TEST("requested a deep test"),
  ENDED_MODEL_EXCLUSIONS("ended the model exclusions of a key"),

  // Gateway
  CREATED_ACCESS_TOKEN("created an access token"),
  CHANGED_ACCESS_TOKEN("changed an access token"),
  ROTATED_ACCESS_TOKEN("rotated an access token"),
  REVOKED_ACCESS_TOKEN("revoked an access token"),
  CREATED_ALIAS("created an alias"),
  CHANGED_ALIAS("changed an alias"),
  ENABLED_ALIAS("enabled an alias"),
  DISABLED_ALIAS("disabled an alias"),
  DELETED_ALIAS("deleted an alias"),
  ABORTED_REQUEST("aborted a request"),

  // Runs and articles
  STARTED_RUN("started a run"),
  CANCELLED_RUN("cancelled a run"),
  RETRIED_RUN("retried a run"),
  ARTICLE_EDITED("article.edited", "edited an article"),
  ARTICLE_RESTORED("article.restored", "restored a version of an article"),
  ARTICLE_LOCKED("article.locked", "locked a part of an article"),
  ARTICLE_UNLOCKED("article.unlocked", "unlocked a part of an article"),
  ARTICLE_ADDRESSED("article.addressed", "changed the address of an article"),
  ARTICLE_CREDITED("article.credited", "changed the author of an article"),
  ARTICLE_REVIEWED("article.reviewed", "marked an article as reviewed"),
  ARTICLE_UNREVIEWED("article.unreviewed", "withdrew the review of an article"),
  ARTICLE_DELETED("article.deleted", "deleted an article"),
  ARTICLE_UNDELETED("article.undeleted", "restored an article"),
  ARTICLE_DOWNLOADED("article.downloaded", "downloaded an article"),

  // The audit log itself
  SIGNED_EARLIER_ENTRIES("signed earlier entries"),
  STARTED_NEW_SIGNING_KEY("started a new signing key"),
  REQUESTED_FULL_AUDIT_CHECK("requested a full audit check"),
  ACCEPTED_RESTORED_AUDIT_LOG("accepted a restored audit log"),
  EXPORTED_AUDIT_LOG("exported the audit log"),
  REMOVED_OLD_AUDIT_ENTRIES("removed old audit entries"),
  REMOVED_OLD_DATA("removed old data");

  private final String text;
  private final String label;

  AuditAction(String text) {
    this(text, text);
  }

  AuditAction(String text, String label) {
    this.text = text;
    this.label = label;
  }

  String label() {
    return label;
  }

  /** The label of a stored text; the text itself if this version does not know the action. */
  public static String label(String text) {
    return of(text).map(AuditAction::label).orElse(text);
  }

  /** The text that the audit log stores and exports. */
  public String text() {
    return text;
  }

  /** The action with this stored text; empty if this version does not know it. */
  public static Optional<AuditAction> of(String text) {
    return Arrays.stream(values()).filter(action -> action.text.equals(text)).findFirst();
  }
}
