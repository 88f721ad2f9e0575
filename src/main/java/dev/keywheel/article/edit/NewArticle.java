package dev.keywheel.article.edit;

import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.Length;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunRequest;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Rejected;
import dev.keywheel.problem.Rejections;
import dev.keywheel.provider.Catalogue;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.RunMode;
import dev.keywheel.secret.shape.SecretShape;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The submitted form for a new article, as typed. {@link #runRequest} checks its values.
 *
 * @param provider name of the provider whose pool is used
 * @param keywords separated by commas or lines; may be empty
 * @param models id of the model to try first for a role; a blank id leaves the choice to the
 *     settings
 */
public record NewArticle(
    String topic,
    String provider,
    String language,
    String audience,
    String tone,
    Length length,
    String keywords,
    String notes,
    RunMode mode,
    Map<ModelRole, String> models) {
  public static final int MAX_TOPIC = 500;
  private static final int MAX_AUDIENCE_OR_TONE = 80;
  public static final int MAX_NOTES = 2_000;
  private static final int MAX_KEYWORDS = 12;
  private static final int MAX_KEYWORD = 60;

  /**
   * A language, then perhaps an extended language, a script, a region and a variant: {@code
   * zh-Hant-TW}.
   */
  private static final Pattern LANGUAGE_TAG =
      Pattern.compile(
          "[A-Za-z]{2,3}(-[A-Za-z]{3})?(-[A-Za-z]{4})?(-([A-Za-z]{2}|\\d{3}))?(-([A-Za-z0-9]{5,8}|\\d[A-Za-z0-9]{3}))?");

  private static final String AUDIENCE = "general readers";
  private static final String TONE = "clear and friendly";

  /** Name of the provider with demo content. */
  private static final String SANDBOX = "sandbox";

  /** The defaults: English, standard length, four operations at once. */
  public static NewArticle of(String topic, String provider) {
    return new NewArticle(
        topic, provider, "en", "", "", Length.STANDARD, "", "", RunMode.PARALLEL, Map.of());
  }

  /** The form, filled with the request and models of a run. */
  static NewArticle of(RunInputs inputs, String provider, RunMode runMode) {
    var articleRequest = inputs.wishes();
    return new NewArticle(
        articleRequest.topic(),
        provider,
        articleRequest.language(),
        articleRequest.audience().equals(AUDIENCE) ? "" : articleRequest.audience(),
        articleRequest.tone().equals(TONE) ? "" : articleRequest.tone(),
        articleRequest.length(),
        String.join(", ", articleRequest.keywords()),
        articleRequest.notes(),
        runMode,
        inputs.models());
  }

  /** The form to show again after {@code rejected}: keys are masked, other texts are unchanged. */
  public NewArticle shown(Rejected rejected) {
    var shown = new EnumMap<ModelRole, String>(ModelRole.class);
    models.forEach((role, id) -> shown.put(role, shown(field(role), id, rejected)));
    return new NewArticle(
        shown("topic", topic, rejected),
        provider,
        shown("language", language, rejected),
        shown("audience", audience, rejected),
        shown("tone", tone, rejected),
        length,
        shown("keywords", keywords, rejected),
        shown("notes", notes, rejected),
        mode,
        shown);
  }

  private static String shown(String field, String typed, Rejected rejected) {
    return rejected.all().stream()
        .filter(one -> one.field().filter(field::equals).isPresent())
        .filter(SecretShape.Refused.class::isInstance)
        .map(one -> ((SecretShape.Refused) one).shown(typed))
        .findFirst()
        .orElseGet(() -> SecretShape.CERTAIN.masked(typed));
  }

  private static String field(ModelRole role) {
    return "model_" + role.code();
  }

  /** Returns the name; rejects a name that no provider has. */
  private static String provider(String name, Providers providers) {
    return providers.all().stream()
        .map(p -> p.name())
        .filter(name::equals)
        .findFirst()
        .orElseThrow(
            () ->
                new Rejected(
                    "provider", "There is no such provider here. Choose one from the list."));
  }

  /**
   * Checks the form and converts it to the user's request for a run.
   *
   * @param requestId from the form; a second request with this id returns the same run
   * @throws Rejected with the names of the wrong fields
   */
  public RunRequest runRequest(Providers providers, Principal who, UUID requestId) {
    var pool = new PoolId(who.workspaceId(), provider);
    return new RunRequest(inputs(providers), pool, mode, provider.equals(SANDBOX), who, requestId);
  }

  private RunInputs inputs(Providers providers) {
    return Rejections.collect(
        fields -> {
          var request = request(fields);
          var name = fields.read("", () -> provider(provider, providers));
          var catalogue = name.isEmpty() ? Catalogue.unknown() : providers.byName(name).catalogue();
          return RunInputs.full(request, fields.read(Map.of(), () -> chosenModels(catalogue)));
        });
  }

  /**
   * Converts the form to a request for an article.
   *
   * @throws Rejected with the field's name when the topic is empty, a text is too long or contains
   *     a key, or the language is not a language code
   */
  ArticleRequest request() {
    return Rejections.collect(this::request);
  }

  private ArticleRequest request(Rejections fields) {
    var clean = TextCleaner.line(topic);
    fields.check(() -> checkTopic(clean));
    fields.check(() -> SecretShape.CERTAIN.refuse("audience", audience));
    fields.check(() -> SecretShape.CERTAIN.refuse("tone", tone));
    fields.check(() -> checkLength("audience", TextCleaner.line(audience), MAX_AUDIENCE_OR_TONE));
    fields.check(() -> checkLength("tone", TextCleaner.line(tone), MAX_AUDIENCE_OR_TONE));
    var listed = keywords(keywords);
    fields.check(() -> checkKeywords(keywords, listed, MAX_KEYWORDS));
    fields.check(() -> SecretShape.CERTAIN.refuse("notes", notes));
    var cleanNotes =
        TextCleaner.text(notes).strip(); // browsers send a line break as two characters
    fields.check(() -> checkLength("notes", cleanNotes, MAX_NOTES));
    models.forEach((role, id) -> fields.check(() -> SecretShape.POSSIBLE.refuse(field(role), id)));
    return new ArticleRequest(
        clean,
        fields.read("en", this::languageCode),
        lineOr(audience, AUDIENCE),
        lineOr(tone, TONE),
        length,
        listed,
        cleanNotes,
        true);
  }

  private void checkTopic(String clean) {
    SecretShape.CERTAIN.refuse("topic", topic);
    if (clean.isEmpty()) {
      throw new Rejected("topic", "Say what the article is about.");
    }
    checkLength("topic", clean, MAX_TOPIC);
  }

  private String languageCode() {
    SecretShape.POSSIBLE.refuse("language", language);
    var code = language.isBlank() ? "en" : language.strip();
    if (!LANGUAGE_TAG.matcher(code).matches()) {
      throw new Rejected(
          "language",
          "“" + TextCleaner.cut(code, 60) + "” is not a language code. Examples: en, de, pt-BR.");
    }
    return Locale.forLanguageTag(code).toLanguageTag();
  }

  /**
   * The models chosen for this run.
   *
   * @param catalogue the models that the provider offers
   * @throws Rejected with the field's name, {@code model_writer} for instance, when a model is not
   *     offered
   */
  private Map<ModelRole, String> chosenModels(Catalogue catalogue) {
    return Rejections.collect(
        fields -> {
          var chosen = new EnumMap<ModelRole, String>(ModelRole.class);
          models.forEach(
              (modelRole, typed) -> {
                var id = typed.strip();
                if (!id.isEmpty()) {
                  fields.check(
                      () -> chosen.put(modelRole, offered(field(modelRole), id, catalogue)));
                }
              });
          return chosen;
        });
  }

  /**
   * The id of a model that the provider offers.
   *
   * @throws Rejected with the field's name when the id is malformed or the model is not offered
   */
  static String offered(String field, String id, Catalogue catalogue) {
    SecretShape.POSSIBLE.refuse(field, id);
    if (!id.matches("[\\w.~-]+/[\\w.:~-]+") || id.length() > 120) {
      throw new Rejected(
          field,
          "“"
              + TextCleaner.cut(id, 60)
              + "” is not the id of a model, such as openai/gpt-oss-20b:free.");
    }
    if (catalogue.known() && catalogue.model(id).isEmpty()) {
      throw new Rejected(field, "The provider does not offer " + id + " now.");
    }
    return id;
  }

  /**
   * Rejects a text that is too long. Counts code points, so that most emoji count as one character.
   */
  private static void checkLength(String field, String text, int most) {
    var subject = field.equals("notes") ? "The extra instructions have" : "The " + field + " has";
    Rejected.checkLength(field, subject, text.codePointCount(0, text.length()), most);
  }

  private static String lineOr(String typed, String otherwise) {
    var line = TextCleaner.line(typed);
    return line.isEmpty() ? otherwise : line;
  }

  /** The keywords of a text that separates them by commas or lines. */
  static List<String> keywords(String typed) {
    return Arrays.stream(typed.split("[,\\r\\n]"))
        .map(TextCleaner::line)
        .filter(k -> !k.isEmpty())
        .distinct()
        .toList();
  }

  static void checkKeywords(String typed, List<String> listed, int most) {
    SecretShape.CERTAIN.refuse("keywords", typed);
    if (listed.size() > most) {
      throw new Rejected("keywords", "At most " + most + " keywords.");
    }
    if (listed.stream().anyMatch(keyword -> keyword.length() > MAX_KEYWORD)) {
      throw new Rejected("keywords", "A keyword must have at most " + MAX_KEYWORD + " characters.");
    }
  }
}
