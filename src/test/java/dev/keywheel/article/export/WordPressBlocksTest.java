package dev.keywheel.article.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.text.MarkdownToHtml;
import dev.keywheel.article.text.MarkdownToHtml.Links;
import java.util.ArrayDeque;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class WordPressBlocksTest {
  private static final Pattern MARK = Pattern.compile("<!-- (/?)wp:([a-z-]+) ?(\\{[^}]*})? ?-->");

  private static String blocks(String markdown) {
    return WordPressBlocks.of(MarkdownToHtml.html(markdown, Links.KEPT)).strip();
  }

  @Test
  void a_paragraph_is_in_the_format_of_the_editor() {
    assertThat(blocks("A **b** <i> & c"))
        .isEqualTo(
            "<!-- wp:paragraph -->\n<p>A <strong>b</strong> &lt;i&gt; &amp; c</p>\n<!-- /wp:paragraph -->");
  }

  @Test
  void lists_contain_items_and_nested_lists() {
    assertThat(blocks("3. one\n   - in it\n4. two"))
        .isEqualTo(
            """
        <!-- wp:list {"ordered":true,"start":3} -->
        <ol start="3" class="wp-block-list"><!-- wp:list-item -->
        <li>one<!-- wp:list -->
        <ul class="wp-block-list"><!-- wp:list-item -->
        <li>in it</li>
        <!-- /wp:list-item --></ul>
        <!-- /wp:list --></li>
        <!-- /wp:list-item -->

        <!-- wp:list-item -->
        <li>two</li>
        <!-- /wp:list-item --></ol>
        <!-- /wp:list -->\
        """);
    assertThat(blocks("- a\n\n  b\n\n- c").contains("<li>a<br>b</li>"))
        .as(blocks("- a\n\n  b\n\n- c"))
        .isTrue();
  }

  @Test
  void every_element_of_a_page_has_a_block_and_all_blocks_are_closed_in_order() {
    var text =
        blocks(
            "# Head\n\nWords\n\n> said\n>\n> - twice\n\n```\na < b\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\n1. x");
    var open = new ArrayDeque<String>();
    var seen = new StringBuilder();
    var mark = MARK.matcher(text);
    while (mark.find()) {
      if (mark.group(1).isEmpty()) {
        open.push(mark.group(2));
        seen.append(mark.group(2)).append(' ');
      } else {
        assertThat(mark.group(2)).as(text).isEqualTo(open.pop());
      }
    }
    assertThat(open.isEmpty()).as(text).isTrue();
    assertThat(seen.toString())
        .isEqualTo(
            "heading paragraph quote paragraph list list-item code table separator list list-item ");
  }
}
