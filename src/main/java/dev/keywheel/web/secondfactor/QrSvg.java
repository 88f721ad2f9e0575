package dev.keywheel.web.secondfactor;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;

/**
 * A QR code as the path of an SVG: one square for each dark module.
 *
 * @param size width and height of the view box, in modules
 * @param path SVG path of the dark modules
 */
public record QrSvg(int size, String path) {
  /** Width of the free space around a QR code, in modules, as the standard requires. */
  private static final int MARGIN = 4;

  static QrSvg of(String text) {
    ByteMatrix modules;
    try {
      modules = Encoder.encode(text, ErrorCorrectionLevel.M).getMatrix();
    } catch (WriterException e) {
      throw new IllegalArgumentException("Too long for a QR code", e);
    }
    var path = new StringBuilder();
    for (int y = 0; y < modules.getHeight(); y++) {
      for (int x = 0; x < modules.getWidth(); x++) {
        if (modules.get(x, y) == 1) {
          path.append('M').append(x + MARGIN).append(' ').append(y + MARGIN).append("h1v1h-1z");
        }
      }
    }
    return new QrSvg(modules.getWidth() + 2 * MARGIN, path.toString());
  }
}
