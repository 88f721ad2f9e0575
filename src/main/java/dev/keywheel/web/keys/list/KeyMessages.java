package dev.keywheel.web.keys.list;

import dev.keywheel.key.edit.KeyChange;
import dev.keywheel.key.edit.KeyChange.Kind;
import dev.keywheel.key.edit.KeyCommands.Change;
import dev.keywheel.key.edit.KeyUndo.UndoResult;
import dev.keywheel.key.imports.ImportLine;
import dev.keywheel.key.imports.ImportReport;
import dev.keywheel.key.search.BulkResult;
import dev.keywheel.key.search.KeyPageQuery;
import dev.keywheel.recovery.store.KeyTestResult;
import dev.keywheel.recovery.store.TestOutcome;
import dev.keywheel.time.DurationText;
import dev.keywheel.web.page.Flash;
import dev.keywheel.web.page.NumberFormats;
import dev.keywheel.web.page.Severity;
import dev.keywheel.web.page.TimeText;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

public final class KeyMessages {
  private static final String MAX_SEARCHED = NumberFormats.grouped(KeyPageQuery.MAX_SEARCHED);

  /** How long the request to test a single key waits for the result. */
  public static final Duration TEST_PATIENCE = Duration.ofSeconds(13);

  /** Link to the list, for a message on another page that the list shows the progress. */
  public static final Flash.Link LIST = new Flash.Link("Open the keys", "/keys");

  private KeyMessages() {}

  /** {@code 3 keys disabled. 1 was unchanged. 2 were already deleted by ada@example.org.} */
  private static String done(ChangeText change, BulkResult done) {
    String keys = keys(done.changed());
    String text =
        done.queued()
            ? "Started to " + change.begun().replace("…", keys) + "; the list shows the progress."
            : keys + " " + change.done() + ".";
    if (done.unchanged() > 0) {
      text +=
          " "
              + NumberFormats.grouped(done.unchanged())
              + (done.unchanged() == 1 ? " was" : " were")
              + " unchanged.";
    }
    return text + gone(done);
  }

  /**
   * Texts for what was done to the keys, and for what a job has begun to do; {@code …} stands for
   * the number of keys.
   */
  private record ChangeText(String done, String begun) {
    static ChangeText of(Kind kind) {
      return switch (kind) {
        case ENABLE -> new ChangeText("enabled", "enable …");
        case DISABLE -> new ChangeText("disabled", "disable …");
        case DELETE -> new ChangeText("deleted", "delete …");
        case RESTORE -> new ChangeText("restored", "restore …");
        case ACCOUNT -> new ChangeText("assigned to the account", "assign … to the account");
        case ACCOUNT_BACK ->
            new ChangeText("returned to the previous account", "return … to the previous account");
        case TAG -> new ChangeText("tagged", "tag …");
        case UNTAG -> new ChangeText("untagged", "untag …");
      };
    }

    static ChangeText of(KeyChange change, int keys) {
      if (change.kind() != Kind.ACCOUNT || !change.value().isEmpty()) {
        return of(change.kind());
      }
      String from = " from " + (keys == 1 ? "its" : "their") + " account";
      return new ChangeText("removed" + from, "remove …" + from);
    }
  }

  /** {@code 2 were already deleted by ada@example.org.} with a leading space; empty if none was. */
  public static String gone(BulkResult done) {
    return done.deleted() == 0
        ? ""
        : " "
            + NumberFormats.grouped(done.deleted())
            + (done.deleted() == 1 ? " was" : " were")
            + (done.deletedBy().isEmpty()
                ? " already purged from the trash."
                : " already deleted by " + String.join(" and ", done.deletedBy()) + ".");
  }

  /** {@code 3 keys imported. 1 line skipped.} */
  public static String imported(ImportReport report) {
    int keys = report.count(ImportLine.ImportStatus.NEW);
    int left = report.lines().size() - keys;
    return keys(keys)
        + " imported."
        + (left == 0 ? "" : " " + NumberFormats.counted(left, "line") + " skipped.");
  }

  /** A message about a change, with an undo button. */
  public static Flash changed(Change change, String more) {
    BulkResult done = change.done();
    return new Flash(
        Severity.OK,
        done(ChangeText.of(change.change(), done.changed()), done) + more,
        done.changed() == 0
            ? null
            : new Flash.Undo("Undo", "/keys/changes/" + change.id() + "/undo"));
  }

  public static Flash undone(UndoResult undone) {
    return switch (undone) {
      case UndoResult.Completed(Kind kind, BulkResult done) when done.changed() > 0 ->
          new Flash(
              Severity.OK,
              kind == Kind.RESTORE ? restored(done) : "Undone: " + done(ChangeText.of(kind), done),
              null);
      case UndoResult.Completed(Kind kind, BulkResult none) ->
          new Flash(
              Severity.WARN,
              kind == Kind.RESTORE
                  ? restored(none)
                  : "Nothing left to undo: since then, these keys were changed back, changed again"
                      + " or deleted.",
              null);
      case UndoResult.Queued(Kind kind) ->
          new Flash(
              Severity.OK,
              kind == Kind.RESTORE
                  ? "Started to restore the deleted keys; the list shows the progress."
                  : "Undo started; the list shows the progress. Keys that have been changed again or"
                      + " deleted since then stay as they are.",
              LIST);
      case UndoResult.Running(Kind kind) ->
          new Flash(
              Severity.INFO,
              "This undo has already started; while it runs, the list shows the progress.",
              LIST);
      case UndoResult.Unknown() ->
          new Flash(
              Severity.WARN,
              "Too late to undo: the history of the keys no longer contains this change.",
              null);
    };
  }

  /** A message about a deletion, with an undo button. */
  public static Flash deleted(Change deletion) {
    if (deletion.done().changed() == 0) {
      return new Flash(Severity.OK, done(ChangeText.of(Kind.DELETE), deletion.done()), null);
    }
    int keys = deletion.done().changed();
    return new Flash(
        Severity.INFO,
        (deletion.done().queued()
                ? "Started to delete " + keys(keys) + "; the list shows the progress. "
                : keys(keys) + " moved to the trash. ")
            + (keys == 1 ? "It" : "They")
            + " can be restored for 7 days."
            + gone(deletion.done()),
        new Flash.Undo("Undo", "/keys/deletions/" + deletion.id() + "/undo"));
  }

  public static String restored(BulkResult done) {
    return done.changed() == 0
        ? "Nothing to restore: the keys were already restored, or their seven days are over."
        : done(ChangeText.of(Kind.RESTORE), done);
  }

  /** Whether all matching keys were counted; false if no key matches. */
  public static boolean counted(int matching) {
    return matching != KeyPageQuery.MAX_COUNTED + 1 && matching != KeyPageQuery.NOT_COUNTED;
  }

  /** {@code 23}, or {@code more than 2,000} if the matching keys were not all counted. */
  public static String matching(int matching) {
    return counted(matching)
        ? NumberFormats.grouped(matching)
        : NumberFormats.upTo(matching, KeyPageQuery.MAX_COUNTED);
  }

  /**
   * The message below a list whose search stopped at the limit: how many keys were searched, or
   * that only the keys assigned last are searched.
   *
   * @param more whether there is a link that continues the search
   */
  public static String searched(boolean more) {
    return more
        ? "Searched " + MAX_SEARCHED + " keys in this order. Others may match."
        : "Only the "
            + MAX_SEARCHED
            + " keys assigned last are searched and sorted. To find"
            + " others, sort by name or narrow the list by account or tag.";
  }

  /** Label of the link that searches the keys after, or before, those of {@link #searched}. */
  public static String searchMore(boolean before) {
    return "Search the " + (before ? "previous " : "next ") + MAX_SEARCHED;
  }

  public static String keys(int count) {
    return NumberFormats.counted(count, "key");
  }

  /** Title of the list when all keys are in the trash. */
  public static String allInTrash(int trashed) {
    return trashed == 1
        ? "The only key is in the trash"
        : "All " + keys(trashed) + " are in the trash";
  }

  public static String tested(String name, @Nullable KeyTestResult result) {
    TestOutcome outcome = result == null ? null : result.outcome();
    if (result == null || outcome == null) {
      return name + " is still being tested; the list will show the result.";
    }
    String why = result.reason() == null ? "" : ": " + result.sentence();
    String took =
        result.latencyMs() == null ? "" : " (" + DurationText.ofMillis(result.latencyMs()) + ")";
    return switch (outcome) {
      case ACTIVE -> name + (result.recovered() ? " works again" : " works") + took + ".";
      case RATE_LIMITED ->
          result.limitedUntil() == null
              ? name + " is rate limited" + why + "."
              : "%s works%s; its daily limit of free models ends at %s."
                  .formatted(name, took, TimeText.absolute(result.limitedUntil()));
      case FAILED -> name + " failed the test" + why + ".";
      case UNKNOWN -> name + " could not be tested" + why + ". Its status is unchanged.";
      case CANCELLED -> "The test of " + name + " was cancelled.";
    };
  }

  public static String deepTested(String model, KeyTestResult result) {
    return "Deep test with " + model + ": " + tested(result.keyName(), result);
  }

  public static Severity tone(@Nullable KeyTestResult result) {
    TestOutcome outcome = result == null ? null : result.outcome();
    if (outcome == null) {
      return Severity.INFO;
    }
    return switch (outcome) {
      case ACTIVE -> Severity.OK;
      case RATE_LIMITED, UNKNOWN -> Severity.WARN;
      case FAILED -> Severity.BAD;
      case CANCELLED -> Severity.INFO;
    };
  }
}
