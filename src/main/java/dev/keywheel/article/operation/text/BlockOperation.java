package dev.keywheel.article.operation.text;

import dev.keywheel.article.operation.conversation.ParsedReply;
import dev.keywheel.article.operation.conversation.TextOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.ContentGap;
import dev.keywheel.article.plan.Texts;
import dev.keywheel.article.reply.Blocks;
import dev.keywheel.article.reply.ContinuationMerger;
import dev.keywheel.article.reply.ReplyCleaner;
import dev.keywheel.article.text.Language;
import dev.keywheel.article.text.Sentences;
import dev.keywheel.provider.ChatMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An operation whose text consists of blocks. Truncation damages only the last block of a reply,
 * and a follow-up prompt names only the missing or wrong blocks.
 */
public abstract class BlockOperation implements TextOperation<Texts> {
  final ArticleRequest request;

  BlockOperation(ArticleRequest request) {
    this.request = request;
  }

  /** Headings on the page by block id, in block order; empty for a block without a heading. */
  abstract Map<String, String> titles();

  /**
   * Faults of a block: each completes a sentence that begins with the name of the block, for the
   * model and for users.
   */
  abstract List<String> faults(String id, String text);

  /** Name of a block for users, at the beginning of a sentence. */
  abstract String displayName(String id);

  /** Name of the whole text for users, at the beginning of a sentence. */
  abstract String whole();

  /** The error message for a missing block or, if the id is empty, for a missing whole text. */
  abstract String missing(String id);

  /**
   * Faults of a block, as sentences that name the block. Pages and the log show the sentences, so
   * they contain no block marker; a correction request lists the markers separately.
   */
  final List<String> errors(String id, String text) {
    return faults(id, text).stream().map(fault -> displayName(id) + " " + fault + ".").toList();
  }

  /** Errors of the whole text that belong to no single block. */
  List<String> errors(Texts texts) {
    return List.of();
  }

  List<String> warnings(Texts texts) {
    var warnings = new ArrayList<String>();
    texts
        .blocks()
        .forEach((id, text) -> warnings.addAll(ContentRules.warnings(displayName(id), text)));
    return warnings;
  }

  /** The blocks of a reply by id. JSON operations override this. */
  Blocks blocks(String visible) {
    return Blocks.read(visible, titles());
  }

  /** The blocks in the notation of the prompt, for a request to the model. */
  String named(List<String> ids) {
    return ids.stream().map(id -> "@@" + id + "@@").collect(Collectors.joining(", "));
  }

  /** The error for a reply without any block. */
  String nothingFound() {
    return "None of the requested blocks is in it.";
  }

  @Override
  public ParsedReply<Texts> read(String reply, boolean cut) {
    var visible = ReplyCleaner.visible(reply);
    var found = blocks(visible);
    if (found.texts().isEmpty()) {
      return ParsedReply.useless(visible, cut, found.repairs(), nothingFound());
    }
    var repairs = new ArrayList<>(found.repairs());
    var texts = new Texts(BlockCleaner.cleaned(BlockCleaner.trimmed(found, cut), repairs));
    return draft(texts, repairs, found.repeated(), cut, visible);
  }

  private ParsedReply<Texts> draft(
      Texts texts, List<String> repairs, List<String> repeated, boolean cut, String visible) {
    var errors = new ArrayList<String>();
    titles().keySet().forEach(id -> errors.addAll(problems(id, texts.of(id))));
    errors.addAll(errors(texts));
    var warnings = new ArrayList<>(warnings(texts));
    repeated.forEach(
        id -> warnings.add(displayName(id) + " appeared twice; the longer text is kept."));
    boolean incomplete =
        titles().keySet().stream()
            .anyMatch(id -> texts.of(id).isBlank() || mustRewrite(id, texts.of(id)));
    return new ParsedReply<>(texts, errors, warnings, repairs, cut && incomplete, visible);
  }

  private List<String> problems(String id, String text) {
    return text.isBlank() ? List.of(missing(id)) : errors(id, text);
  }

  /** Whether a block of a truncated reply must be written again. */
  boolean mustRewrite(String id, String text) {
    return !errors(id, text).isEmpty();
  }

  private List<String> missingOrWrong(@Nullable Texts texts) {
    return titles().keySet().stream()
        .filter(id -> texts == null || !problems(id, texts.of(id)).isEmpty())
        .toList();
  }

  @Override
  public ParsedReply<Texts> with(
      ParsedReply<Texts> parsedReply, String reply, boolean cut, Ask ask) {
    var before = parsedReply.value();
    if (before == null) {
      return read(reply, cut);
    }
    var visible = ReplyCleaner.visible(reply);
    var found = blocks(visible);
    var merged = new LinkedHashMap<String, String>();
    var newRepairs = new ArrayList<>(found.repairs());
    var newer =
        BlockCleaner.cleaned(
            found.texts().isEmpty() && ask == Ask.REST
                ? continued(parsedReply, visible, cut)
                : BlockCleaner.trimmed(found, cut),
            newRepairs);
    for (var id : titles().keySet()) {
      var better = better(id, before.of(id), newer.getOrDefault(id, ""));
      if (!better.isBlank()) {
        merged.put(id, better);
      }
    }
    var repairs = new ArrayList<>(parsedReply.repairs());
    newRepairs.stream().filter(r -> !repairs.contains(r)).forEach(repairs::add);
    var joined = draft(new Texts(merged), repairs, List.of(), cut, written(merged));
    if (ask == Ask.REST || joined.good()) {
      return joined;
    }
    // A problem of the whole text, such as its length, may need a reply that replaces all blocks.
    var replacement = read(reply, cut);
    return better(replacement, joined) ? replacement : joined;
  }

  /** Blocks that are missing or in a wrong language weigh more than all other errors. */
  @Override
  public boolean better(ParsedReply<Texts> parsedReply, ParsedReply<Texts> other) {
    var mine = parsedReply.value();
    var theirs = other.value();
    long fewer = mine == null || theirs == null ? 0 : countUnusable(theirs) - countUnusable(mine);
    return fewer == 0 ? parsedReply.betterThan(other) : fewer > 0;
  }

  private long countUnusable(Texts texts) {
    return titles().keySet().stream().map(texts::of).filter(this::isUnusable).count();
  }

  private boolean isUnusable(String text) {
    return text.isBlank() || ContentRules.wrongLanguage(text, request).isPresent();
  }

  /**
   * Returns messages that contain the good blocks and ask for the others. If no block or every
   * block is good, returns the messages of the initial prompt.
   */
  @Override
  public List<ChatMessage> forAnotherModel(ParsedReply<Texts> parsedReply) {
    var value = parsedReply.value();
    var missingOrWrong = missingOrWrong(value);
    if (value == null || missingOrWrong.isEmpty() || missingOrWrong.size() == titles().size()) {
      return prompt().messages();
    }
    var good = new LinkedHashMap<String, String>();
    titles().keySet().stream()
        .filter(id -> !missingOrWrong.contains(id))
        .forEach(id -> good.put(id, value.of(id)));
    return prompt().followedBy(written(good), correction(parsedReply));
  }

  /** The blocks as a reply of the model. */
  String written(Map<String, String> blocks) {
    return blocks.entrySet().stream()
        .map(b -> "@@" + b.getKey() + "@@\n" + b.getValue())
        .collect(Collectors.joining("\n\n"));
  }

  /** Appends the reply to the last block: some models continue a block instead of repeating it. */
  private Map<String, String> continued(ParsedReply<Texts> parsedReply, String more, boolean cut) {
    var last = blocks(parsedReply.text()).last();
    var old = blocks(parsedReply.text()).texts().get(last);
    if (old == null || more.isBlank()) {
      return Map.of();
    }
    var joined = ContinuationMerger.appended(old, more);
    return Map.of(last, cut ? Sentences.whole(joined) : joined);
  }

  private String better(String id, String old, String newer) {
    if (old.isBlank() || newer.isBlank() || isUnusable(old) != isUnusable(newer)) {
      return old.isBlank() || (isUnusable(old) && !newer.isBlank()) ? newer : old;
    }
    int before = problems(id, old).size();
    int after = problems(id, newer).size();
    return before > after || (before > 0 && before == after && newer.length() > old.length())
        ? newer
        : old;
  }

  @Override
  public String rest(ParsedReply<Texts> parsedReply) {
    return "Your reply was cut. Write only the blocks that are missing or too short, each complete"
        + " and begun by its marker: "
        + named(missingOrWrong(parsedReply.value()));
  }

  @Override
  public String correction(ParsedReply<Texts> parsedReply) {
    var ids = missingOrWrong(parsedReply.value());
    var which =
        ids.isEmpty() || ids.size() == titles().size()
            ? "Send the complete corrected output only: "
            : "Send only these blocks, corrected and complete: ";
    return TextOperation.unusable(parsedReply.errors())
        + which
        + named(ids.isEmpty() ? List.copyOf(titles().keySet()) : ids);
  }

  /** At least half of the blocks must exist; missing and wrong blocks are reported as gaps. */
  @Override
  public Remainder remainder(Texts texts, List<String> errors) {
    var missing = titles().keySet().stream().filter(id -> texts.of(id).isBlank()).toList();
    return missing.size() * 2 > titles().size()
        ? Remainder.NOTHING
        : Remainder.withGaps(findGaps(texts));
  }

  /** The gaps and errors of these texts, for users. */
  public final List<ContentGap> findGaps(Texts texts) {
    var ids = titles().keySet();
    var missing = ids.stream().filter(id -> texts.of(id).isBlank()).toList();
    // Texts under headings that are no longer in the plan also count.
    boolean nothing = texts.blocks().values().stream().allMatch(String::isBlank);
    if (nothing && missing.size() == ids.size()) {
      return List.of(new ContentGap(missing(""), ids.size()));
    }
    var gaps = new ArrayList<ContentGap>();
    missing.forEach(id -> gaps.add(ContentGap.of(missing(id))));
    var faults = new LinkedHashMap<String, List<String>>();
    ids.stream()
        .filter(id -> !missing.contains(id))
        .forEach(id -> faults.put(id, faults(id, texts.of(id))));
    var foreign = foreign(faults.keySet(), texts);
    foreign.ifPresent(
        fault -> gaps.add(new ContentGap(whole() + " " + fault + ".", faults.size())));
    faults.forEach(
        (id, all) -> {
          var own = all.stream().filter(f -> foreign.filter(f::equals).isEmpty()).toList();
          if (!own.isEmpty()) {
            gaps.add(
                new ContentGap(
                    displayName(id) + " " + String.join(", and ", own) + ".",
                    foreign.isPresent() ? 0 : 1));
          }
        });
    errors(texts).forEach(error -> gaps.add(ContentGap.of(error)));
    return gaps;
  }

  /**
   * The fault if at least two blocks are long enough to detect their language, and all of them are
   * in the same wrong language.
   */
  private Optional<String> foreign(Set<String> ids, Texts texts) {
    var telling = ids.stream().map(texts::of).filter(Language::longEnough).toList();
    var found =
        telling.stream().map(t -> ContentRules.wrongLanguage(t, request)).distinct().toList();
    return telling.size() > 1 && found.size() == 1 ? found.getFirst() : Optional.empty();
  }
}
