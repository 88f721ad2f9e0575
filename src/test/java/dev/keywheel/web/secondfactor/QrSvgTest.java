package dev.keywheel.web.secondfactor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.decoder.Decoder;
import dev.keywheel.web.form.Fields;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class QrSvgTest {
  private static final Pattern MODULE = Pattern.compile("M(\\d+) (\\d+)h1v1h-1z");
  private static final int MARGIN = 4;

  @Test
  void the_drawing_decodes_to_the_uri_that_apps_expect() throws Exception {
    var page = new AppPage("ada+1@example.org", "JBSWY3DPEHPK3PXP", Fields.none());
    var modules = new BitMatrix(page.qrCode().size() - 2 * MARGIN);
    MODULE
        .matcher(page.qrCode().path())
        .results()
        .forEach(
            module ->
                modules.set(
                    Integer.parseInt(module.group(1)) - MARGIN,
                    Integer.parseInt(module.group(2)) - MARGIN));
    assertThat(new Decoder().decode(modules).getText())
        .isEqualTo(
            "otpauth://totp/Keywheel:ada%2B1%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=Keywheel");
    assertThat(page.grouped()).isEqualTo("JBSW Y3DP EHPK 3PXP");
  }

  @Test
  void the_longest_address_in_any_script_fits_into_the_code() {
    var page = new AppPage("字".repeat(252) + "@x", "JBSWY3DPEHPK3PXP".repeat(2), Fields.none());
    assertThat(page.qrCode().size()).isPositive();
    assertThat(page.uri()).endsWith("?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Keywheel");
  }

  @Test
  void the_log_text_of_a_page_contains_no_secret() {
    var page = new AppPage("ada@example.org", "JBSWY3DPEHPK3PXP", Fields.none());
    assertThat(page.toString()).contains("ada@example.org").doesNotContain("JBSWY3DPEHPK3PXP");
  }
}
