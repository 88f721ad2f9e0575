package dev.keywheel.assignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywheel.problem.Rejected;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignmentRuleTest {

  @ParameterizedTest(name = "{0} active, {1} required, {2} minimum, tested {3}: {4} {5}")
  @CsvSource({
    // active, required, minimum, tested, decision, seats
    "0,  7, 5, false, RecoveryNeeded, 0",
    "1,  7, 5, false, RecoveryNeeded, 1",
    "4,  7, 5, false, RecoveryNeeded, 4",
    "5,  7, 5, false, Sufficient,     5",
    "6,  7, 5, false, Sufficient,     6",
    "7,  7, 5, false, Perfect,        7",
    "8,  7, 5, false, Perfect,        7",
    "9,  7, 5, false, Perfect,        7",
    "500, 7, 5, false, Perfect,       7",
    "0,  7, 5, true,  None,           0",
    "1,  7, 5, true,  AfterRecovery,  1",
    "4,  7, 5, true,  AfterRecovery,  4",
    "5,  7, 5, true,  Sufficient,     5",
    "7,  7, 5, true,  Perfect,        7",
    "14, 7, 5, true,  Perfect,        7",
    "1,  1, 1, false, Perfect,        1",
    "0,  1, 1, false, RecoveryNeeded, 0",
    "6,  7, 7, false, RecoveryNeeded, 6",
    "1,  7, 1, false, Sufficient,     1",
    "12, 8, 3, false, Perfect,        8"
  })
  void the_decision_depends_on_the_number_of_active_keys(
      int active, int required, int minimum, boolean tested, String name, int seats) {
    var expected =
        switch (name) {
          case "Perfect" -> new AssignmentDecision.Perfect(seats);
          case "Sufficient" -> new AssignmentDecision.Sufficient(seats);
          case "RecoveryNeeded" -> new AssignmentDecision.RecoveryNeeded(seats);
          case "AfterRecovery" -> new AssignmentDecision.AfterRecovery(seats);
          case "None" -> new AssignmentDecision.None();
          default -> throw new IllegalArgumentException(name);
        };
    assertThat(AssignmentRule.decide(active, new AssignmentSettings(required, minimum), tested))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, required", "101, 5, required", "7, 0, minimum", "7, 8, minimum"})
  void a_rule_outside_its_range_is_refused_with_its_field(int required, int minimum, String field) {
    var rejected =
        catchThrowableOfType(Rejected.class, () -> new AssignmentSettings(required, minimum));
    assertThat(rejected.field().orElseThrow()).isEqualTo(field);
  }

  @Test
  void by_default_seven_keys_are_required_and_five_are_enough() {
    assertThat(AssignmentSettings.DEFAULT).isEqualTo(new AssignmentSettings(7, 5));
  }
}
