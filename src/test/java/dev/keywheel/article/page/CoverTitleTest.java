package dev.keywheel.article.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoverTitleTest {
  private static final int WHITE = 0xffffffff;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "How to Split a Restaurant Bill Fairly Among All Your Friends",
        "怎样与所有的朋友公平地分摊餐厅的账单并且计算合适的小费和税款以及四舍五入",
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
      })
  void a_title_is_drawn_within_the_margins(String title) throws IOException {
    var cover = ImageIO.read(new ByteArrayInputStream(CoverImage.drawn(title)));

    assertThat(hasText(cover, 100, CoverImage.WIDTH - 100)).isTrue();
    assertThat(hasText(cover, CoverImage.WIDTH - 90, CoverImage.WIDTH)).isFalse();
  }

  private static boolean hasText(BufferedImage cover, int left, int right) {
    for (int x = left; x < right; x++) {
      for (int y = 0; y < CoverImage.HEIGHT; y++) {
        if (cover.getRGB(x, y) == WHITE) {
          return true;
        }
      }
    }
    return false;
  }
}
