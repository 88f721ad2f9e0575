package dev.keywheel.key.imports;

/**
 * What becomes, or became, of one line of an import. Holds no secret.
 *
 * @param line its number in the text, from 1
 * @param name what the key will be called; for a key the pool has, what it is called there
 * @param masked prefix and last four; empty when the line has no key
 * @param note the reason, or something worth knowing; empty when there is nothing to say
 */
public record ImportLine(int line, String name, String masked, ImportStatus fate, String note) {

  /** What becomes of a line. */
  public enum ImportStatus {
    NEW("New"),
    IN_POOL("Already in the pool"),
    IN_TRASH("In the trash"),
    REPEATED("Repeated in this text"),
    BAD("Not a key");

    private final String label;

    ImportStatus(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }
}
