package dev.keywheel.article.run.model;

import dev.keywheel.db.StoredEnum;
import java.util.Optional;

/** The parts of an article. Each has versions, one of them current. */
public enum PartName implements StoredEnum {
  PLAN("Plan", 1),
  TOOL("Tool", 2),
  REVIEW("Tool review", 3),
  GUIDE("Guide", 4),
  SECTION_1("Section 1", 5),
  SECTION_2("Section 2", 6),
  FAQ("FAQ", 7),
  IMAGE("Image", 8);

  private final String label;
  private final int operation;

  PartName(String label, int operation) {
    this.label = label;
    this.operation = operation;
  }

  public String label() {
    return label;
  }

  /** Number of the operation that makes this part. */
  public int operation() {
    return operation;
  }

  /** A version of this part as forms send it, such as {@code plan:3}. */
  public String version(int number) {
    return code() + ":" + number;
  }

  /** The part with this code; empty for any other text. */
  public static Optional<PartName> of(String code) {
    return StoredEnum.find(PartName.class, code);
  }

  public static PartName ofOperation(int number) {
    return values()[number - 1];
  }
}
