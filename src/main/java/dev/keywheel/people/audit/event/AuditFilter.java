package dev.keywheel.people.audit.event;

/**
 * Filter of audit events; an empty text matches all.
 *
 * @param who the actor
 * @param what the action
 * @param text case-insensitive text in any part of an event
 */
public record AuditFilter(String who, String what, String text) {
  public static final AuditFilter ALL = new AuditFilter("", "", "");
}
