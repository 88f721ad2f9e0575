package dev.keywheel.web.keys;

import dev.keywheel.key.ImportLine;
import dev.keywheel.key.ImportReport;
import dev.keywheel.key.KeyEdits.Deletion;
import dev.keywheel.key.KeyEdits.Done;
import dev.keywheel.recovery.KeyTestResult;
import dev.keywheel.recovery.TestOutcome;
import dev.keywheel.web.Digits;
import dev.keywheel.web.Flash;
import dev.keywheel.web.TimeText;
import dev.keywheel.web.Tone;
import org.jspecify.annotations.Nullable;

/** What was done, as sentences. */
final class Words {
  private Words() {}

  /** {@code 3 keys disabled. 1 was so already. 2 were already deleted by ada@example.org.} */
  static String done(String verb, Done done) {
    String text =
        keys(done.changed())
            + (done.begun()
                ? " are being " + verb + "; the list shows how far it is."
                : " " + verb + ".");
    if (done.same() > 0) {
      text +=
          " "
              + Digits.grouped(done.same())
              + (done.same() == 1 ? " was" : " were")
              + " so already.";
    }
    return text + gone(done);
  }

  /** {@code 2 were already deleted by ada@example.org.}, with a space before it; or nothing. */
  static String gone(Done done) {
    return done.gone() == 0
        ? ""
        : " "
            + Digits.grouped(done.gone())
            + (done.gone() == 1 ? " was" : " were")
            + (done.by().isEmpty()
                ? " wiped from the trash already."
                : " already deleted by " + String.join(" and ", done.by()) + ".");
  }

  /** {@code 3 keys imported. 1 line left out.} */
  static String imported(ImportReport report) {
    int keys = report.count(ImportLine.Fate.NEW);
    int left = report.lines().size() - keys;
    return keys(keys)
        + " imported."
        + (left == 0
            ? ""
            : " " + Digits.grouped(left) + (left == 1 ? " line" : " lines") + " left out.");
  }

  /** What was deleted, and the press that takes it back. */
  static Flash deleted(Deletion deletion) {
    int keys = deletion.done().changed();
    return new Flash(
        Tone.INFO,
        keys(keys)
            + (deletion.done().begun() ? " are being" : "")
            + " moved to the trash. "
            + (keys == 1 ? "It" : "They")
            + " can be restored for 7 days.",
        new Flash.Undo("Undo", "/keys/deletions/" + deletion.id() + "/undo"));
  }

  static String restored(Done done) {
    return done.changed() == 0
        ? "Nothing to restore: the keys were restored already, or their seven days are over."
        : done("restored", done);
  }

  static String keys(int count) {
    return Digits.grouped(count) + (count == 1 ? " key" : " keys");
  }

  /** The result of one key's test. */
  static String tested(String name, @Nullable KeyTestResult result) {
    TestOutcome outcome = result == null ? null : result.outcome();
    if (result == null || outcome == null) {
      return name + " is still being tested; the list shows the result when it is there.";
    }
    String why = result.reason() == null ? "" : ": " + result.sentence();
    String took = result.latencyMs() == null ? "" : " (" + result.latencyMs() + " ms)";
    return switch (outcome) {
      case ACTIVE -> name + (result.recovered() ? " works again" : " works") + took + ".";
      case RATE_LIMITED ->
          result.dayEnds() == null
              ? name + " is rate limited" + why + "."
              : name
                  + " works"
                  + took
                  + "; its daily limit of free models ends at "
                  + TimeText.absolute(result.dayEnds())
                  + ".";
      case FAILED -> name + " failed the test" + why + ".";
      case UNKNOWN -> name + " could not be tested" + why + ". Its status stays.";
      case CANCELLED -> "The test of " + name + " was cancelled.";
    };
  }

  static String deepTested(String model, KeyTestResult result) {
    return "Deep test with " + model + ": " + tested(result.keyName(), result);
  }

  static Tone tone(@Nullable KeyTestResult result) {
    TestOutcome outcome = result == null ? null : result.outcome();
    if (outcome == null) {
      return Tone.INFO;
    }
    return switch (outcome) {
      case ACTIVE -> Tone.OK;
      case RATE_LIMITED, UNKNOWN -> Tone.WARN;
      case FAILED -> Tone.BAD;
      case CANCELLED -> Tone.INFO;
    };
  }
}
