package dev.keywheel.web.articles.edit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywheel.article.edit.BlockEditor;
import dev.keywheel.article.run.model.PartName;
import dev.keywheel.web.form.Fields;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BlockPageTest {
  private static BlockPage typed(int characters) {
    var block =
        new BlockEditor.Block(PartName.GUIDE, "what", "What the tool does", null, "It adds.", 1);
    var sent = Fields.none().with("text", "x".repeat(characters));
    return BlockPage.of(new UUID(0, 1), "Discounts", block, sent);
  }

  @Test
  void a_text_that_is_too_long_to_save_has_no_preview() {
    assertThat(typed(BlockEditor.MAX_TEXT).tooLong()).isNull();
    assertThat(typed(BlockEditor.MAX_TEXT + 1).tooLong())
        .isEqualTo("The text has 20001 characters; up to 20000 are allowed.");
  }
}
