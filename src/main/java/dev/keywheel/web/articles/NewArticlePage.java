package dev.keywheel.web.articles;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunMode;
import dev.keywheel.web.form.Fields;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The form of a new article or of a regeneration, with the typed values.
 *
 * @param pools one note for each provider
 * @param errors the errors of the fields and of the whole form
 * @param again the article to regenerate; null for a new article
 */
public record NewArticlePage(
    NewArticle typed, List<PoolNote> pools, Fields errors, @Nullable ArticleToRegenerate again) {
  /** Codes and names of the offered languages; the field also accepts any other code. */
  public static final List<Language> LANGUAGES =
      List.of(
          new Language("en", "English"),
          new Language("de", "German"),
          new Language("fr", "French"),
          new Language("es", "Spanish"),
          new Language("it", "Italian"),
          new Language("pt", "Portuguese"),
          new Language("nl", "Dutch"),
          new Language("pl", "Polish"),
          new Language("tr", "Turkish"),
          new Language("ar", "Arabic"),
          new Language("hi", "Hindi"),
          new Language("zh", "Chinese"),
          new Language("ja", "Japanese"));

  public record Language(String code, String name) {}

  /**
   * An article to regenerate.
   *
   * @param kept labels of the locked parts, which the regeneration does not change
   */
  public record ArticleToRegenerate(String path, String name, List<String> kept) {}

  static NewArticlePage about(String topic, List<PoolNote> pools, String provider) {
    return new NewArticlePage(NewArticle.of(topic, provider), pools, Fields.none(), null);
  }

  static NewArticlePage refused(
      NewArticle typed,
      List<PoolNote> pools,
      Rejected rejected,
      @Nullable ArticleToRegenerate again) {
    return new NewArticlePage(typed.shown(rejected), pools, Fields.none().refused(rejected), again);
  }

  public String modeLabel(RunMode runMode) {
    return switch (runMode) {
      case PARALLEL -> "Up to " + runMode.atOnce() + " operations in parallel";
      case FAST -> "Fast: up to " + runMode.atOnce() + " in parallel, both sections together";
      case SEQUENTIAL -> "One operation at a time";
    };
  }

  public String action() {
    return again == null ? "/articles" : again.path() + "/runs";
  }

  /** Whether the topic takes the focus: in a new form, and if it is wrong. */
  public boolean focusesTopic() {
    return errors.errors().isEmpty() || errorOf("topic") != null;
  }

  /** The error of this field; null if it is valid. */
  public @Nullable String errorOf(String name) {
    return errors.error(name);
  }

  /** The error that belongs to no field; null for none. */
  public @Nullable String error() {
    return errors.errors().entrySet().stream()
        .filter(error -> !FIELDS.contains(error.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  private static final List<String> FIELDS =
      Stream.concat(
              Stream.of("topic", "provider", "language", "audience", "tone", "keywords", "notes"),
              Arrays.stream(ModelRole.values()).map(modelRole -> "model_" + modelRole.code()))
          .toList();

  public record ModelField(String name, String label, String value) {}

  public List<ModelField> models() {
    return Arrays.stream(ModelRole.values())
        .map(
            modelRole ->
                new ModelField(
                    "model_" + modelRole.code(),
                    modelRole.label(),
                    typed.models().getOrDefault(modelRole, "")))
        .toList();
  }

  /** Whether the options are expanded: true if one of them was changed or has an error. */
  public boolean optionsOpen() {
    var untouched = NewArticle.of(typed.topic(), typed.provider());
    return !typed.equals(untouched)
        || FIELDS.stream()
            .filter(name -> !name.equals("topic") && !name.equals("provider"))
            .anyMatch(name -> errorOf(name) != null);
  }

  public boolean otherLanguage() {
    return LANGUAGES.stream().noneMatch(language -> language.code().equals(typed.language()));
  }
}
