package dev.keywheel.key.imports;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The planned or actual result of one line of an import. Contains no secret.
 *
 * @param line 1-based line of the text
 * @param name the name of the new or existing key; as written if the line is invalid
 * @param masked prefix and last four characters; may be empty for an invalid line
 * @param note a reason or a remark; may be empty
 */
public record ImportLine(
    int line, String name, String masked, @JsonProperty("fate") ImportStatus status, String note) {

  ImportLine because(ImportStatus status, String reason) {
    return new ImportLine(line, name, masked, status, reason);
  }

  ImportLine named(String other) {
    return new ImportLine(line, other, masked, status, note);
  }

  boolean planned() {
    return status == ImportStatus.NEW || status == ImportStatus.REPLACES;
  }

  public enum ImportStatus {
    NEW("New"),
    REPLACES("New secret"),
    /** The line was to replace a secret according to the preview, but did not. */
    NOT_REPLACED("Not replaced"),
    IN_POOL("Already in the pool"),
    IN_TRASH("In the trash"),
    REPEATED("Repeated in this text"),
    BAD("Invalid");

    private final String label;

    ImportStatus(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }
}
