package dev.keywheel.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.operation.plan.MetaOperation;
import dev.keywheel.article.operation.tool.ToolOperation;
import dev.keywheel.article.operation.tool.ValidatorOperation;
import dev.keywheel.article.plan.ArticleRequest;
import dev.keywheel.article.plan.PagePlan;
import dev.keywheel.article.tool.BrowserCheck.ObservedTest;
import dev.keywheel.article.tool.BrowserCheck.State;
import dev.keywheel.article.tool.Review;
import dev.keywheel.article.tool.Review.Verdict;
import dev.keywheel.article.tool.ToolDocument;
import dev.keywheel.article.tool.browser.BrowserToolCheck;
import dev.keywheel.article.tool.judge.ToolAssessment;
import dev.keywheel.support.Chromium;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The application's check of the sandbox's tools: sound tools pass without a finding, and each
 * planted fault is found and fixed.
 */
@Tag("full")
class SandboxToolsIT {
  @AutoClose private static final SandboxQuestions questions = new SandboxQuestions();

  @AutoClose
  private static final BrowserToolCheck browser = new BrowserToolCheck(Chromium.executable());

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
    var articleRequest = RequestedTopic.of(topic);
    var plan = plan(articleRequest);
    var tool = tool(articleRequest, plan, "valid-1");
    var review = review(articleRequest, plan, assessed(plan, tool, List.of()));
    assertThat(review.verdict()).isEqualTo(Verdict.PASS);
    var toolAssessment = assessed(plan, tool, review.checks());
    assertThat(toolAssessment.all()).isEmpty();
    assertThat(toolAssessment.browser().state()).isEqualTo(State.PASSED);
    assertThat(toolAssessment.browser().observed()).hasSize(9).allMatch(ObservedTest::passed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nan", "divisor", "deadbutton", "network", "wide", "lostid"})
  void a_planted_fault_is_found_and_corrected(String fault) {
    var articleRequest = RequestedTopic.of("mortgage repayment");
    var plan = plan(articleRequest);
    var faulty = assessed(plan, tool(articleRequest, plan, "toolbug-" + fault + "-1"), List.of());
    // Only the plan, and the author who knows it, expect other numbers before a review.
    assertThat(faulty.acceptable()).as(faulty.all().toString()).isEqualTo(fault.equals("divisor"));
    assertThat(faulty.acceptable() && faulty.disputes().isEmpty()).isFalse();
    var review = review(articleRequest, plan, faulty);
    assertThat(review.verdict()).isEqualTo(Verdict.FIXED);
    var corrected = ToolDocument.of(Objects.requireNonNull(review.corrected()), plan.tool(), "en");
    var toolAssessment = assessed(plan, corrected, review.checks());
    assertThat(toolAssessment.acceptable()).as(toolAssessment.all().toString()).isTrue();
    assertThat(faulty.worseThan(toolAssessment)).isTrue();
  }

  @Test
  void a_hostile_tool_is_rejected_and_replaced() {
    var articleRequest = RequestedTopic.of("mortgage repayment");
    var plan = plan(articleRequest);
    var hostile = assessed(plan, tool(articleRequest, plan, "hostile-1"), List.of());
    assertThat(hostile.acceptable()).isFalse();
    assertThat(review(articleRequest, plan, hostile).corrected()).isNotBlank();
  }

  private static PagePlan plan(ArticleRequest articleRequest) {
    var operation = new MetaOperation(articleRequest);
    return Objects.requireNonNull(
        operation.read(questions.answer(operation, "valid-1"), false).value());
  }

  private static ToolDocument tool(ArticleRequest articleRequest, PagePlan plan, String behaviour) {
    var operation = new ToolOperation(articleRequest, plan, "");
    return Objects.requireNonNull(
        operation.read(questions.answer(operation, behaviour), false).value());
  }

  private static Review review(
      ArticleRequest articleRequest, PagePlan plan, ToolAssessment toolAssessment) {
    var operation = new ValidatorOperation(articleRequest, plan, toolAssessment);
    return Objects.requireNonNull(
        operation.read(questions.answer(operation, "valid-1"), false).value());
  }

  private static ToolAssessment assessed(
      PagePlan plan, ToolDocument tool, List<dev.keywheel.article.plan.ToolBrief.ToolTest> review) {
    return ToolAssessment.of(tool, "en", ToolAssessment.tests(plan.tool(), tool, review), browser);
  }
}
