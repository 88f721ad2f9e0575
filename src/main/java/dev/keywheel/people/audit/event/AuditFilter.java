package dev.keywheel.people.audit.event;

/**
 * Filter of audit events; an empty value matches all events.
 *
 * @param who the actor
 * @param what the stored text of the action
 * @param text case-insensitive text in any part of an event
 */
public record AuditFilter(String who, String what, String text) {
  public static final AuditFilter ALL = new AuditFilter("", "", "");
}
