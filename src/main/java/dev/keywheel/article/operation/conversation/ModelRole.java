package dev.keywheel.article.operation.conversation;

import java.util.Locale;

/** The purpose of a model. Each role has its own list of models. */
public enum ModelRole {
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

  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
