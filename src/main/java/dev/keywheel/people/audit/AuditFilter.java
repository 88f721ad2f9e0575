package dev.keywheel.people.audit;

/**
 * Which lines of the record are meant; an empty text stands for any.
 *
 * @param who the actor
 * @param what the action
 * @param text found in any part of a line; case does not count
 */
public record AuditFilter(String who, String what, String text) {
  public static final AuditFilter ALL = new AuditFilter("", "", "");
}
