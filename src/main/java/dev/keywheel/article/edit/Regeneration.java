package dev.keywheel.article.edit;

import dev.keywheel.article.operation.conversation.ModelRole;
import dev.keywheel.article.operation.conversation.Operation;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.run.engine.RunCommands;
import dev.keywheel.article.run.model.Part;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.article.run.model.PartSet;
import dev.keywheel.article.run.model.RunInputs;
import dev.keywheel.article.run.model.RunRequest;
import dev.keywheel.article.store.ArticleRepository;
import dev.keywheel.article.store.PartRepository;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.db.Database;
import dev.keywheel.key.state.PoolId;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.problem.Conflict;
import dev.keywheel.problem.Rejected;
import dev.keywheel.provider.Providers;
import dev.keywheel.run.RunMode;
import dev.keywheel.run.RunQueries;
import dev.keywheel.secret.shape.SecretShape;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Regenerates one part or all parts of an existing article in a new run. The old texts stay as
 * versions; locked parts are not changed.
 */
public final class Regeneration {
  public static final int MAX_INSTRUCTION = 300;

  private final Database database;
  private final Providers providers;
  private final RunCommands commands;
  private final ArticleRepository rows = new ArticleRepository();
  private final PartRepository parts = new PartRepository();

  public Regeneration(Database database, Providers providers, RunCommands commands) {
    this.database = database;
    this.providers = providers;
    this.commands = commands;
  }

  /** The inputs of the last whole run of the article, for the form of {@link #regenerateAll}. */
  public NewArticle form(UUID workspace, UUID articleId) {
    rows.get(database, workspace, articleId);
    var last =
        database
            .read(dsl -> RunQueries.lastWhole(dsl, articleId))
            .orElseThrow(ArticleRepository::noArticle);
    return NewArticle.of(RunInputs.of(last.inputs()), last.provider(), last.mode());
  }

  /**
   * Regenerates every part that is not locked, with the same or changed inputs.
   *
   * @param requestId from the form; a second request with this id returns the same run
   * @return id of the run
   * @throws dev.keywheel.problem.Rejected with the field's name when the form cannot be used
   * @throws dev.keywheel.problem.Conflict when a run of the article is in progress
   */
  public UUID regenerateAll(UUID articleId, NewArticle form, Principal who, UUID requestId) {
    rows.get(database, who.workspaceId(), articleId);
    return commands.regenerate(articleId, form.runRequest(providers, who, requestId));
  }

  /**
   * Regenerates one part in a run with a new assignment of keys. The operation uses the key of its
   * own seat.
   *
   * @param heading id of the one block of a section to write again; null for the whole part
   * @param instruction the user's instruction, such as "shorter"; may be empty
   * @param model id of the model to try first; empty for the choice of the run of {@link
   *     ArticleRepository#lastFullRun}
   * @return id of the run
   * @throws Conflict when the part is locked or a run of the article is in progress
   * @throws Rejected when the part has no such heading, the instruction is too long or contains a
   *     key, or the provider does not offer the model
   */
  public UUID regeneratePart(
      UUID articleId,
      PartName part,
      @Nullable String heading,
      String instruction,
      String model,
      Principal who,
      UUID requestId) {
    var article = rows.get(database, who.workspaceId(), articleId);
    var wish = TextCleaner.line(instruction);
    Rejected.checkLength("instruction", "The instruction has", wish.length(), MAX_INSTRUCTION);
    SecretShape.CERTAIN.refuse("instruction", wish);
    var partSet = database.read(dsl -> parts.current(dsl, articleId));
    checkLocks(partSet, part);
    checkHeading(partSet, part, heading);
    var last = database.read(dsl -> ArticleRepository.lastFullRun(dsl, articleId));
    var full = RunInputs.of(last.inputs());
    var models = models(full.models(), last.provider(), part, model);
    var inputs = new RunInputs(full.wishes(), part.operation(), heading, wish, models);
    var pool = new PoolId(article.workspace(), last.provider());
    return commands.regenerate(
        articleId, new RunRequest(inputs, pool, RunMode.PARALLEL, article.demo(), who, requestId));
  }

  private Map<ModelRole, String> models(
      Map<ModelRole, String> full, String provider, PartName part, String model) {
    var models = new EnumMap<ModelRole, String>(ModelRole.class);
    models.putAll(full);
    if (!model.isBlank()) {
      var role = Operation.of(part.operation()).role();
      var catalogue = providers.byName(provider).catalogue();
      models.put(role, NewArticle.offered("model", model.strip(), catalogue));
    }
    return models;
  }

  private static void checkLocks(PartSet partSet, PartName part) {
    if (locked(partSet, part)) {
      throw new Conflict("Locked", "This part is locked. Unlock it before you regenerate it.");
    }
    if (part == PartName.REVIEW && locked(partSet, PartName.TOOL)) {
      throw new Conflict(
          "Locked",
          "The tool is locked, and a review may replace it. Unlock the tool before you have it"
              + " reviewed again.");
    }
  }

  private static boolean locked(PartSet partSet, PartName part) {
    return partSet.part(part).filter(Part::locked).isPresent();
  }

  private static void checkHeading(PartSet partSet, PartName part, @Nullable String heading) {
    if (heading == null) {
      return;
    }
    var headings =
        switch (part) {
          case SECTION_1 -> partSet.plan().map(p -> p.section1().headings()).orElse(List.of());
          case SECTION_2 -> partSet.plan().map(p -> p.section2().headings()).orElse(List.of());
          case PLAN, TOOL, REVIEW, GUIDE, FAQ, IMAGE -> List.<PagePlan.Heading>of();
        };
    if (headings.stream().noneMatch(h -> h.id().equals(heading))) {
      throw new Rejected("heading", "This part has no such heading.");
    }
  }
}
