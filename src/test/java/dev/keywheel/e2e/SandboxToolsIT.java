package dev.keywheel.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.MetaOperation;
import dev.keywheel.article.operation.ToolOperation;
import dev.keywheel.article.operation.ValidatorOperation;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.plan.Wishes;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.BrowserToolCheck;
import dev.keywheel.article.tool.Examined;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.Review.Verdict;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.sandbox.server.Sandbox;
import dev.keywheel.sandbox.server.SandboxOptions;
import dev.keywheel.support.Chromium;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The sandbox's tools before the product's own examination: sound ones pass it without a word, and
 * each planted fault is found and mended.
 */
class SandboxToolsIT {
  private static Sandbox sandbox;
  private static SandboxQuestions questions;
  private static BrowserToolCheck browser;

  @BeforeAll
  static void start() {
    sandbox = Sandbox.start(SandboxOptions.instant());
    questions = new SandboxQuestions(sandbox);
    browser = new BrowserToolCheck(Chromium.executable());
  }

  @AfterAll
  static void stop() {
    browser.close();
    questions.close();
    sandbox.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mortgage repayment",
        "compound interest",
        "discounts and sales tax",
        "tipping in restaurants",
        "profit margins",
        "convert inches to cm",
        "oven temperature units",
        "days until a deadline",
        "readability of blog posts",
        "strong passwords",
        "trail running shoes"
      })
  void a_sound_tool_passes_with_the_numbers_of_all_three_sources(String topic) {
    var wishes = Wishes.of(topic);
    var plan = plan(wishes);
    var tool = tool(wishes, plan, "valid-1");
    var review = review(wishes, plan, examined(plan, tool, List.of()));
    assertThat(review.verdict()).isEqualTo(Verdict.PASS);
    var examined = examined(plan, tool, review.checks());
    assertThat(examined.all()).isEmpty();
    assertThat(examined.disputed()).isZero();
    assertThat(examined.browser().state()).isEqualTo(State.PASSED);
    assertThat(examined.browser().observed()).hasSize(9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nan", "divisor", "deadbutton", "network", "wide", "lostid"})
  void a_planted_fault_is_found_and_mended(String fault) {
    var wishes = Wishes.of("mortgage repayment");
    var plan = plan(wishes);
    var spoiled = examined(plan, tool(wishes, plan, "toolbug-" + fault + "-1"), List.of());
    assertThat(spoiled.acceptable()).as(spoiled.all().toString()).isFalse();
    var review = review(wishes, plan, spoiled);
    assertThat(review.verdict()).isEqualTo(Verdict.FIXED);
    var mended = ToolDocument.of(Objects.requireNonNull(review.corrected()), plan.tool(), "en");
    var examined = examined(plan, mended, review.checks());
    assertThat(examined.acceptable()).as(examined.all().toString()).isTrue();
    assertThat(spoiled.worseThan(examined)).isTrue();
  }

  @Test
  void a_hostile_tool_is_found_and_replaced() {
    var wishes = Wishes.of("mortgage repayment");
    var plan = plan(wishes);
    var hostile = examined(plan, tool(wishes, plan, "hostile-1"), List.of());
    assertThat(hostile.acceptable()).isFalse();
    assertThat(review(wishes, plan, hostile).corrected()).isNotBlank();
  }

  private static PagePlan plan(Wishes wishes) {
    var operation = new MetaOperation(wishes);
    return Objects.requireNonNull(
        operation.read(questions.answer(operation, "valid-1"), false).value());
  }

  private static ToolDocument tool(Wishes wishes, PagePlan plan, String behaviour) {
    var operation = new ToolOperation(wishes, plan, "");
    return Objects.requireNonNull(
        operation.read(questions.answer(operation, behaviour), false).value());
  }

  private static Review review(Wishes wishes, PagePlan plan, Examined examined) {
    var operation = new ValidatorOperation(wishes, plan, examined);
    return Objects.requireNonNull(
        operation.read(questions.answer(operation, "valid-1"), false).value());
  }

  private static Examined examined(
      PagePlan plan, ToolDocument tool, List<dev.keywheel.article.plan.ToolBrief.ToolTest> review) {
    return Examined.of(tool, "en", Examined.tests(plan.tool(), tool, review), browser);
  }
}
