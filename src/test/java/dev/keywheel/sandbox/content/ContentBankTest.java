package dev.keywheel.sandbox.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentBankTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          How much house can I afford?           | house
          How to brew pour-over coffee           | coffee
          How to pace a half marathon            | pace
          Which laptop should I buy for university? | laptop
          best laptop for a student              | laptop
          How to work out a monthly loan payment | loan
          How to compare two savings plans       | savings
          discounts and sales tax                | percent
          trail running shoes, which to buy      | choice
          Should I buy or rent a house?          | choice
          saving energy at home                  | plan
          How to repair a laptop                 | plan
          bread baking                           | plan
          """)
  void a_topic_selects_its_content_bank(String topic, String bank) {
    var tool = ContentBank.of(Topic.of(topic)).value("tool");
    var tools = Map.of("laptop", "score", "choice", "score", "percent", "discount");
    assertThat(tool).isEqualTo(tools.getOrDefault(bank, bank));
  }
}
