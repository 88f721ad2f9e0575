package dev.keywheel.article.operation.conversation;

import java.util.Arrays;
import java.util.List;

/** The eight operations of a run in numerical order, with their fixed properties. */
public enum Operation {
  META("Meta & Toc Generator", ModelRole.PLANNER, List.of()),
  TOOL("Tool Generator", ModelRole.CODER, List.of(1)),
  VALIDATOR("Tool Validator", ModelRole.CHECKER, List.of(1, 2)),
  GUIDE("Guide Generator", ModelRole.WRITER, List.of(1, 3)),
  SECTION_1("Section 1 Generator", ModelRole.WRITER, List.of(1)),
  SECTION_2("Section 2 Generator", ModelRole.WRITER, List.of(1)),
  FAQ("FAQ Generator", ModelRole.WRITER, List.of(1)),
  IMAGE("Image Generation", ModelRole.IMAGE, List.of(1));

  /** Operation numbers in the start order of ready operations: longest remaining path first. */
  private static final List<Integer> PRIORITY = List.of(1, 2, 5, 3, 6, 4, 7, 8);

  private final String label;
  private final ModelRole role;
  private final List<Integer> needs;

  Operation(String label, ModelRole modelRole, List<Integer> needs) {
    this.label = label;
    this.role = modelRole;
    this.needs = needs;
  }

  /** The number, 1 to 8: the position in the plan of keys, independent of the start order. */
  public int number() {
    return ordinal() + 1;
  }

  /** The name on pages, in the log and in the first line of the prompt. */
  public String label() {
    return label;
  }

  public ModelRole role() {
    return role;
  }

  /**
   * Numbers of the operations that must have ended before this one starts. In coherent mode,
   * section 2 also waits for section 1.
   */
  public List<Integer> needs(boolean coherent) {
    return this == SECTION_2 && coherent ? List.of(1, 5) : needs;
  }

  /** Position in the start order of ready operations; the lowest starts first. */
  public int rank() {
    return PRIORITY.indexOf(number());
  }

  public static Operation of(int number) {
    return values()[number - 1];
  }

  public static List<Operation> all() {
    return Arrays.asList(values());
  }
}
