package dev.keywheel.web.articles;

import dev.keywheel.article.edit.NewArticle;
import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.problem.Rejected;
import dev.keywheel.run.RunMode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The form of a new article or of a regeneration, with the typed values.
 *
 * @param pools one note for each provider
 * @param field the invalid field; null when there is none
 * @param sentence the error of the field, or of the whole form when {@code field} is null
 * @param again the article to regenerate; null for a new one
 */
public record NewArticlePage(
    NewArticle typed,
    List<PoolNote> pools,
    @Nullable String field,
    @Nullable String sentence,
    @Nullable ArticleToRegenerate again) {
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
    return new NewArticlePage(NewArticle.of(topic, provider), pools, null, null, null);
  }

  static NewArticlePage refused(NewArticle typed, List<PoolNote> pools, Rejected rejected) {
    return new NewArticlePage(
        typed.shown(rejected), pools, rejected.field().orElse(null), rejected.getMessage(), null);
  }

  static NewArticlePage again(NewArticle typed, List<PoolNote> pools, ArticleToRegenerate again) {
    return new NewArticlePage(typed, pools, null, null, again);
  }

  /** The form for the regeneration of an existing article. */
  NewArticlePage of(ArticleToRegenerate article) {
    return new NewArticlePage(typed, pools, field, sentence, article);
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

  /** The error of this field; null if it is valid. */
  public @Nullable String errorOf(String name) {
    return name.equals(field) ? sentence : null;
  }

  /** An error that concerns no single field; null for none. */
  public @Nullable String error() {
    return field == null || FIELDS.stream().noneMatch(field::equals) ? sentence : null;
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

  /** Whether the options are open: true if one of them was changed or has an error. */
  public boolean optionsOpen() {
    var untouched = NewArticle.of(typed.topic(), typed.provider());
    return !typed.equals(untouched)
        || (field != null && !List.of("topic", "provider").contains(field));
  }

  public boolean otherLanguage() {
    return LANGUAGES.stream().noneMatch(language -> language.code().equals(typed.language()));
  }
}
