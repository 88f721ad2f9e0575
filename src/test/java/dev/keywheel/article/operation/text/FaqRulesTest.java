package dev.keywheel.article.operation.text;

import static dev.keywheel.article.operation.conversation.TeaForTwo.ARTICLE_REQUEST;
import static dev.keywheel.article.operation.conversation.TeaForTwo.filler;
import static dev.keywheel.article.operation.conversation.TeaForTwo.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.plan.Texts;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which answers the FAQ accepts, reads and requests again. */
class FaqRulesTest {
  static FaqOperation faq(Texts... sections) {
    return new FaqOperation(ARTICLE_REQUEST, plan(), List.of(sections), "");
  }

  static String answers(String... answers) {
    return IntStream.range(0, answers.length)
        .mapToObj(i -> "{\"id\":\"q" + (i + 1) + "\",\"answer\":\"" + answers[i] + "\"}")
        .collect(Collectors.joining(",", "{\"items\":[", "]}"));
  }

  @Test
  void only_missing_or_wrong_answers_are_requested_again() {
    var good = filler(40);
    var other = filler(41).replace("word", "x");
    assertThat(faq().read(answers(good, other, good, other), false).errors()).isEmpty();
    var parsedReply = faq().read(answers(good, "Yes.", good), false);
    assertThat(parsedReply.errors())
        .isEqualTo(
            List.of(
                "The answer to \"Which cup is best?\" has 1 word; 20 to 160 are allowed.",
                "There is no answer to \"Is milk first or last?\"."));
    assertThat(faq().correction(parsedReply).contains("corrected and complete: q2, q4 in {"))
        .as(faq().correction(parsedReply))
        .isTrue();
    assertThat(
            faq()
                .read(answers(filler(170), good, good, good), false)
                .errors()
                .getFirst()
                .contains("has 171 words"))
        .isTrue();
    var section = new Texts(Map.of("s1-1", filler(60)));
    assertThat(faq(section).read(answers(good, other, other, other), false).errors())
        .isEqualTo(
            List.of(
                "The answer to \"How long does it stand?\" repeats the text under \"What the leaves give\"."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"items\":[{\"id\":1,\"answer\":\"A\"},{\"id\":2,\"answer\":\"B\"},{\"id\":3,\"answer\":\"C\"},{\"id\":4,\"answer\":\"D\"}]}",
        "{\"items\":[{\"id\":\"Q4\",\"answer\":\"D\"},{\"id\":\"Q1\",\"answer\":\"A\"},{\"id\":\"Q2\",\"answer\":\"B\"},{\"id\":\"question"
            + " 3\",\"answer\":\"C\"}]}",
        "[{\"question\":\"Q1\",\"answer\":\"A\"},{\"question\":\"Q2\",\"answer\":\"B\"},{\"question\":\"Q3\",\"answer\":\"C\"},{\"question\":\"Q4\",\"answer\":\"D\"}]",
        "{\"faqs\":[{\"id\":\"q1\",\"text\":\"A\"},{\"id\":\"q2\",\"content\":\"B\"},{\"id\":\"q3\",\"response\":\"C\"},{\"id\":\"q4\",\"a\":\"D\"}]}",
        "[\"A\",\"B\",\"C\",\"D\"]",
        "{\"answers\":[{\"q\":\"Is milk first or last?\",\"a\":\"D\"},{\"q\":\"How long does it"
            + " stand\",\"a\":\"A\"},{\"q\":\"Which cup is best?\",\"a\":\"B\"},{\"q\":\"May I"
            + " reheat it?\",\"a\":[\"C\"]}]}",
        "{\"items\":[{\"id\":\"a1b\",\"answer\":\"A\"},{\"id\":\"c\",\"answer\":\"B\"},{\"answer\":\"C\"},{\"id\":\"zz\",\"answer\":\"D\"}]}",
        "{\"q1\":\"A\",\"q2\":{\"answer\":\"B\"},\"Q3\":\"C\",\"4\":\"D\"}",
      })
  void answers_under_any_id_and_field_name_are_found(String reply) {
    var found = Objects.requireNonNull(faq().read(reply, false).value()).blocks();
    assertThat(found).isEqualTo(Map.of("q1", "A", "q2", "B", "q3", "C", "q4", "D"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "## Answer\\n\\nSo long.",
        "Answer: So long.",
        "**A:** So long.",
        "How long does it stand? So long.",
        "**How long does it stand?**\\n\\nSo long.",
        "### How long does it stand?\\nA: So long.",
      })
  void the_label_and_the_question_are_removed_from_an_answer(String answer) {
    var reply = "{\"items\":[{\"id\":\"q1\",\"answer\":\"" + answer + "\"}]}";
    assertThat(Objects.requireNonNull(faq().read(reply, false).value()).of("q1"))
        .isEqualTo("So long.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "How long does it stand?",
        "Is it long? So long.",
        "A pot: so long.",
        "Answer it as you like.",
        "So long.\\n\\n## More\\n\\nLonger."
      })
  void answers_that_only_resemble_a_label_are_kept(String answer) {
    var reply = "{\"items\":[{\"id\":\"q1\",\"answer\":\"" + answer + "\"}]}";
    assertThat(Objects.requireNonNull(faq().read(reply, false).value()).of("q1"))
        .isEqualTo(answer.replace("\\n", "\n"));
  }

  @Test
  void answers_without_a_question_are_reported() {
    var parsedReply = faq().read("{\"items\":[{\"id\":\"x\",\"answer\":\"A\"}]}", false);
    assertThat(parsedReply.errors()).isEqualTo(List.of("It answers none of the questions."));
  }
}
