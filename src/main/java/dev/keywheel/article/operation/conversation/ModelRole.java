package dev.keywheel.article.operation.conversation;

import dev.keywheel.db.StoredEnum;

/** The purpose for which operations use a model. Each role has its own list of models. */
public enum ModelRole implements StoredEnum {
  PLANNER("Planner"),
  CODER("Coder"),
  CHECKER("Checker"),
  WRITER("Writer"),
  IMAGE("Image");

  private final String label;

  ModelRole(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }
}
