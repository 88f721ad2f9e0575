package dev.keywheel.article.page;

/** Reads the markers of a JPEG file up to its first scan. */
final class JpegHeader {
  private static final int TEM = 0x01;
  private static final int SOF0 = 0xc0;
  private static final int SOF1 = 0xc1;
  private static final int RST0 = 0xd0;
  private static final int SOI = 0xd8;
  private static final int SOS = 0xda;

  private JpegHeader() {}

  /**
   * Whether the decoder keeps the coefficients of the whole picture in native memory, two bytes for
   * each pixel and component: unless one scan has all components of a picture that is not
   * progressive. Skips the segments of metadata, which may contain a JPEG of their own.
   */
  static boolean keepsCoefficients(byte[] bytes) {
    int components = Integer.MAX_VALUE;
    for (int i = 0; i + 4 < bytes.length; ) {
      int marker = bytes[i] == (byte) 0xff ? bytes[i + 1] & 0xff : 0;
      if (marker == 0 || marker == 0xff) {
        i++;
      } else if (marker == TEM || (marker >= RST0 && marker <= SOI)) { // without a length
        i += 2;
      } else if (marker == SOS) {
        return bytes[i + 4] < components;
      } else {
        if ((marker == SOF0 || marker == SOF1) && i + 9 < bytes.length) {
          components = bytes[i + 9];
        }
        i += 2 + (((bytes[i + 2] & 0xff) << 8) | (bytes[i + 3] & 0xff));
      }
    }
    return true;
  }
}
