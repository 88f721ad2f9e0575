package dev.keywheel.article.run.model;

import dev.keywheel.article.run.model.PartBodies.TextBody;
import dev.keywheel.article.text.TextCleaner;
import dev.keywheel.db.Json;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * A version of a part.
 *
 * @param version counts from 1
 * @param origin run, edit, restore, or local for a cover that Keywheel drew
 * @param typed ids of the blocks whose text a user wrote; known only for current versions, and only
 *     if a text may have a link
 */
public record Part(
    UUID id,
    PartName name,
    int version,
    boolean current,
    String origin,
    JSONB body,
    boolean locked,
    boolean stale,
    @Nullable String createdBy,
    Instant createdAt,
    Set<String> typed) {
  /** Occurs in every Markdown link: one with an address, a link definition, an automatic link. */
  private static final Pattern LINK = Pattern.compile("][(:]|<");

  /** Whether a user edited or restored this version. */
  public boolean byPerson() {
    return origin.equals("edit") || origin.equals("restore");
  }

  /**
   * The same version with {@link #typed}, for a part of texts. A text is the user's if the first
   * version that contains it is: later versions keep the texts of other blocks, and copies of a
   * model's texts stay the model's.
   *
   * @param versions all versions of the part, newest first
   */
  public Part withTyped(List<Part> versions) {
    var origins = new HashMap<String, String>();
    versions.forEach(v -> v.plainTexts().forEach((_, text) -> origins.put(text, v.origin)));
    var ids = plainTexts();
    ids.values().removeIf(text -> "run".equals(origins.get(text)));
    return new Part(
        id,
        name,
        version,
        current,
        origin,
        body,
        locked,
        stale,
        createdBy,
        createdAt,
        ids.keySet());
  }

  /** The texts as a form returns them, by block id. */
  private Map<String, String> plainTexts() {
    var texts = new HashMap<>(as(TextBody.class).texts().blocks());
    texts.replaceAll((_, text) -> TextCleaner.text(text).strip());
    return texts;
  }

  /** Whether a text of this part may have a link. */
  public boolean mayHaveLinks() {
    return LINK.matcher(body.data()).find()
        && switch (name) {
          case GUIDE, SECTION_1, SECTION_2, FAQ -> true;
          case PLAN, TOOL, REVIEW, IMAGE -> false;
        };
  }

  public <T> T as(Class<T> type) {
    return Json.read(body, type);
  }
}
