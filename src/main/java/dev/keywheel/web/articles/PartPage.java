package dev.keywheel.web.articles;

import dev.keywheel.article.edit.Versions.Version;
import dev.keywheel.article.page.ArticleBody.Block;
import dev.keywheel.article.page.ArticleBody.Part;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.view.ArticleView;
import dev.keywheel.article.view.ArticleView.PartView;
import dev.keywheel.web.form.Fields;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The editor of one part of an article: its text, its versions, and the difference between two.
 *
 * @param current the newest version of the part
 * @param source the text of version {@code shown}, or the typed text that could not be saved
 * @param shown number of the version in the text field
 * @param error why the part was not saved, above the form if it has no field; null for none
 * @param compared number of the version that {@code diff} starts from; 0 for no comparison
 * @param diff null for no comparison
 * @param reviewed the changes that a review made to the tool; null for none
 * @param sent rejected input with its errors; empty for none
 */
public record PartPage(
    ArticleView article,
    PartName part,
    PartView current,
    List<Version> versions,
    String source,
    int shown,
    @Nullable String error,
    int compared,
    @Nullable Diff diff,
    @Nullable Diff reviewed,
    Fields sent) {
  /** Fields that show their errors themselves; other errors are shown above the form. */
  static final Set<String> FIELDS = Set.of("instruction", "model", "file", "alt");

  public static String path(java.util.UUID article, PartName part) {
    return ArticlePage.path(article) + "/parts/" + part.code();
  }

  public String path() {
    return path(article.id(), part);
  }

  public String articlePath() {
    return ArticlePage.path(article.id());
  }

  /** Whether a user can edit the text: a picture has none, and a review is the model's verdict. */
  public boolean editable() {
    return switch (part) {
      case PLAN, TOOL, GUIDE, SECTION_1, SECTION_2, FAQ -> true;
      case REVIEW, IMAGE -> false;
    };
  }

  /** The error of the text field; null for none. */
  public @Nullable String textError() {
    return editable() ? sent.error("source") : null;
  }

  /** The hint for the text field: the format of the text. */
  public String hint() {
    return switch (part) {
      case PLAN ->
          "JSON: title, headings and what each covers. A changed heading makes its text out of date.";
      case TOOL ->
          "One HTML document with its own style and script. It is checked before it is saved.";
      case GUIDE, SECTION_1, SECTION_2 ->
          "Markdown. Keep the lines that start with @@: each begins a block. Links are allowed; HTML is shown as text.";
      case FAQ ->
          "Markdown. Keep the lines that start with @@: each begins the answer to a question.";
      case REVIEW -> "The reviewing model's verdict on the tool.";
      case IMAGE -> "The picture.";
    };
  }

  /** An example of an instruction for this part. */
  public String example() {
    var examples =
        switch (part) {
          case PLAN -> "more on costs, or headings that ask questions";
          case TOOL -> "also in ounces, or with larger buttons";
          case GUIDE, SECTION_1, SECTION_2, FAQ -> "shorter, or for beginners";
          case IMAGE -> "in warmer colours, or seen from above";
          case REVIEW -> "";
        };
    return examples.isEmpty() ? "Optional." : "For example: " + examples + ". Optional.";
  }

  /** Whether the current version is a tool that failed its checks, so that the page has no tool. */
  public boolean toolRejected() {
    var tool = article.tool();
    return part == PartName.TOOL && tool != null && !tool.accepted();
  }

  /** A sentence about the current version and whether it is on the page. */
  public String versionNote() {
    if (toolRejected()) {
      return "Not on the page: its checks failed. Version " + current.version() + " is the newest.";
    }
    return part == PartName.REVIEW
        ? "Version " + current.version() + " is the current one."
        : "Version " + current.version() + " is on the page.";
  }

  public String alt() {
    return sent.values().getOrDefault("alt", source);
  }

  /** The hint for the field of the alternative text; quotes the stored text if it differs. */
  public String altHint() {
    return "Describes the picture to readers who cannot see it."
        + (alt().equals(source) ? "" : " Stored text: " + source);
  }

  /** The blocks of a section that can be regenerated one by one; empty for other parts. */
  public List<Block> blocks() {
    var body = article.body();
    if (body == null) {
      return List.of();
    }
    var prefix =
        switch (part) {
          case SECTION_1 -> "s1";
          case SECTION_2 -> "s2";
          case PLAN, TOOL, REVIEW, GUIDE, FAQ, IMAGE -> "-";
        };
    return body.sections().stream()
        .filter(section -> section.anchor().equals(prefix))
        .map(Part::blocks)
        .flatMap(List::stream)
        .filter(block -> !block.anchor().startsWith(prefix + "-kept-"))
        .toList();
  }

  public boolean showsOldVersion() {
    return shown != current.version();
  }

  /** Address of the reply that a version was made from; empty without a reply. */
  public String replyPath(Version version) {
    var run = version.run();
    return run == null || run.attempt() == null
        ? ""
        : "/runs/" + run.id() + "/attempts/" + run.attempt() + "/reply";
  }

  /** How and by whom a version was made: "made in run 12, started by …". */
  public String originText(Version version) {
    var run = version.run();
    var origin =
        switch (version.origin()) {
          case "run" -> run == null ? "moved with its heading" : "made";
          case "edit" -> "edited";
          case "restore" -> "restored";
          case "local" -> "built-in cover";
          default -> version.origin();
        };
    return run == null || version.origin().equals("edit") || version.origin().equals("restore")
        ? origin + " by " + version.by()
        : origin + " in run " + run.number() + ", started by " + version.by();
  }
}
