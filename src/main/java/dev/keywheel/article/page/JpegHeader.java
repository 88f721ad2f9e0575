package dev.keywheel.article.page;

/** Reads the markers of a JPEG file up to its first scan. */
final class JpegHeader {
  private static final int TEM = 0x01;
  private static final int SOF0 = 0xc0;
  private static final int SOF1 = 0xc1;
  private static final int DHT = 0xc4;
  private static final int SOF15 = 0xcf;
  private static final int RST0 = 0xd0;
  private static final int SOI = 0xd8;
  private static final int SOS = 0xda;

  private static final int MAX_COMPONENTS = 4;

  private JpegHeader() {}

  /**
   * The native memory in which the decoder keeps the coefficients of the whole picture. 0 for a
   * PNG, and if one scan has all components of a picture that is not progressive, which the decoder
   * reads piece by piece. Skips the segments of metadata, which may contain a JPEG of their own.
   */
  static long coefficientBytes(byte[] bytes, int width, int height) {
    if (bytes[0] != (byte) 0xff) {
      return 0;
    }
    int frame = 0;
    for (int i = 0; i + 4 < bytes.length; ) {
      int marker = bytes[i] == (byte) 0xff ? bytes[i + 1] & 0xff : 0;
      if (marker == 0 || marker == 0xff) {
        i++;
      } else if (marker == TEM || (marker >= RST0 && marker <= SOI)) { // without a length
        i += 2;
      } else if (marker == SOS) {
        return frame > 0 && isSequential(bytes, frame) && bytes[i + 4] >= bytes[frame + 9]
            ? 0
            : coefficientBytes(bytes, frame, width, height);
      } else {
        if (marker >= SOF0 && marker <= SOF15 && marker != DHT && i + 9 < bytes.length) {
          frame = i;
        }
        i += 2 + (((bytes[i + 2] & 0xff) << 8) | (bytes[i + 3] & 0xff));
      }
    }
    return coefficientBytes(bytes, frame, width, height);
  }

  private static boolean isSequential(byte[] bytes, int frame) {
    return bytes[frame + 1] == (byte) SOF0 || bytes[frame + 1] == (byte) SOF1;
  }

  /**
   * Two bytes for each sample, in units of 8 × 8 samples by the sampling factors of the components.
   *
   * @param frame index of the frame header; 0 if there is none
   */
  private static long coefficientBytes(byte[] bytes, int frame, int width, int height) {
    if (frame == 0) {
      return 2L * MAX_COMPONENTS * width * height;
    }
    int across = 1;
    int down = 1;
    int blocks = 0;
    for (int c = 0; c < (bytes[frame + 9] & 0xff) && frame + 11 + 3 * c < bytes.length; c++) {
      int factors = bytes[frame + 11 + 3 * c] & 0xff;
      across = Math.max(across, factors >> 4);
      down = Math.max(down, factors & 0xf);
      blocks += (factors >> 4) * (factors & 0xf);
    }
    long units = (long) Math.ceilDiv(width, 8 * across) * Math.ceilDiv(height, 8 * down);
    return 2L * 64 * blocks * units;
  }
}
