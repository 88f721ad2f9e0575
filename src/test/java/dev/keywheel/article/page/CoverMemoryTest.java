package dev.keywheel.article.page;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small image files that decode to many pixels. */
@Tag("full")
class CoverMemoryTest {
  private static final int RGBA = 6; // 4 bytes a pixel with a depth of 8

  /** Four images of 6000 × 3600 at once, each of 86 MB when decoded completely. */
  static final class FourAtOnce {
    public static void main(String[] args) throws Exception {
      byte[] png = png(6_000, 3_600, 8, 3_600);
      System.out.println("small: " + (png.length < 200_000));
      var threads = List.of(reader(png), reader(png), reader(png), reader(png));
      threads.forEach(Thread::start);
      for (var thread : threads) {
        thread.join();
      }
    }

    private static Thread reader(byte[] png) {
      return new Thread(
          () -> System.out.println(CoverImage.read(png) instanceof CoverImage.ReadResult.Usable));
    }
  }

  @Test
  void four_large_pictures_at_once_fit_into_a_small_heap() throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                FourAtOnce.class.getName())
            .redirectErrorStream(true)
            .start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(output.lines()).containsExactly("small: true", "true", "true", "true", "true");
  }

  @ParameterizedTest
  @CsvSource({
    "100000, 400, 8, too large, ' Make it smaller.'",
    "400, 100000, 8, too small, ''",
    "16384, 2400, 16, too large, ' Make it smaller.'",
    "7000, 7000, 8, too large, ' Make it smaller.'",
    "30000, 30000, 8, too large, ' Make it smaller.'",
    "2147483647, 2147483647, 16, too large, ' Make it smaller.'",
    "511, 256, 8, too small, ''",
  })
  void the_declared_size_is_checked_before_a_pixel_is_read(
      int width, int height, int depth, String reason, String advice) throws Exception {
    var read = CoverImage.read(png(width, height, depth, 0));
    assertThat(read)
        .isEqualTo(
            new CoverImage.ReadResult.Unusable(
                "The picture is " + reason + ": " + width + " × " + height + "." + advice));
  }

  @Test
  void the_message_for_a_file_that_is_too_large_names_the_limit() {
    assertThat(CoverImage.read(new byte[CoverImage.MAX_BYTES + 1]))
        .isEqualTo(new CoverImage.ReadResult.Unusable("The picture is larger than 8 MB."));
  }

  /**
   * Decoding a scan takes as long as decoding the image: 1,000 scans in 144 kB took a minute or
   * more.
   */
  @Test
  void a_jpeg_with_many_scans_is_refused_before_it_is_decoded_and_a_progressive_one_is_not()
      throws Exception {
    var scans = new ByteArrayOutputStream();
    scans.writeBytes(new byte[] {(byte) 0xff, (byte) 0xd8});
    for (int i = 0; i < 51; i++) {
      scans.writeBytes(new byte[] {(byte) 0xff, (byte) 0xda});
    }
    assertThat(CoverImage.read(scans.toByteArray()))
        .isEqualTo(
            new CoverImage.ReadResult.Unusable(
                "The picture has 51 scans; up to 50 are allowed. Save it as PNG."));
    assertThat(CoverImage.read(jpeg(ImageWriteParam.MODE_DEFAULT)))
        .isInstanceOf(CoverImage.ReadResult.Usable.class);
  }

  /** A progressive one of 39 megapixels took 113 MB more than one that is not. */
  @Test
  void the_native_memory_of_a_large_progressive_jpeg_is_limited() throws Exception {
    assertThat(CoverImage.read(jpeg(6_000, ImageWriteParam.MODE_DEFAULT)))
        .isEqualTo(tooLarge(6_000));
    assertThat(CoverImage.read(jpeg(6_000, ImageWriteParam.MODE_DISABLED)))
        .isNotEqualTo(tooLarge(6_000));
    assertThat(CoverImage.read(jpeg(4_900, ImageWriteParam.MODE_DEFAULT)))
        .as("24 megapixels, with half the resolution of colours")
        .isNotEqualTo(tooLarge(4_900));
  }

  private static CoverImage.ReadResult tooLarge(int size) {
    return new CoverImage.ReadResult.Unusable(
        "The picture is too large for a progressive JPEG: %1$s × %1$s. Make it smaller, or save it as a baseline JPEG."
            .formatted(size));
  }

  /** A JPEG with a larger size in its header than its data has. */
  private static byte[] jpeg(int size, int progressive) throws Exception {
    byte[] jpeg = jpeg(progressive);
    int frame = 0;
    while (jpeg[frame] != (byte) 0xff || (jpeg[frame + 1] & 0xfd) != 0xc0) {
      frame++;
    }
    ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) size).putShort(frame + 7, (short) size);
    return jpeg;
  }

  @ParameterizedTest
  @CsvSource({
    "ffd8 ffe1000affc2000bffda0003 ffc00011080010001003012200021100031100 ffda000803, 0, baseline",
    "ffd8 ffc10011080010001003012200021100031100 ffd0 01 ffff ff01 ffda000803, 0, fill bytes",
    "ffd8 ffc20011080010001003012200021100031100 ffc40002 ffda000803, 768, progressive 4:2:0",
    "ffd8 ffc20011080010001003012100021100031100 ffda000803, 1024, progressive 4:2:2",
    "ffd8 ffc20011080010001003011100021100031100 ffda000803, 1536, progressive 4:4:4",
    "ffd8 ffc00011080010001003011100021100031100 ffda000801, 1536, a scan for each component",
    "ffd8 ffda000803, 2048, no frame",
    "ffd8 ffc0, 2048, cut off",
  })
  void a_picture_in_one_scan_is_decoded_without_its_coefficients(
      String hex, long kept, String about) {
    var bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertThat(JpegHeader.coefficientBytes(bytes, 16, 16)).as(about).isEqualTo(kept);
  }

  private static byte[] jpeg(int progressive) throws Exception {
    var out = new ByteArrayOutputStream();
    var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    var parameters = writer.getDefaultWriteParam();
    parameters.setProgressiveMode(progressive);
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      var picture = new BufferedImage(1_200, 630, BufferedImage.TYPE_INT_RGB);
      picture.createGraphics().fillRect(0, 0, 600, 630);
      writer.write(null, new IIOImage(picture, null, null), parameters);
    }
    writer.dispose();
    return out.toByteArray();
  }

  /** An image with a black and a white half, which contains data for only this many rows. */
  private static byte[] png(int width, int height, int depth, int rows) throws Exception {
    var pixels = new ByteArrayOutputStream();
    try (var packed = new DeflaterOutputStream(pixels, new Deflater(Deflater.BEST_COMPRESSION))) {
      var row = new byte[rows == 0 ? 1 : 1 + width * 4 * depth / 8];
      Arrays.fill(row, row.length / 2, row.length, (byte) 0xff);
      for (int alpha = 4; alpha < row.length; alpha += 4) {
        row[alpha] = (byte) 0xff;
      }
      for (int y = 0; y < rows; y++) {
        packed.write(row);
      }
    }
    var out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    var header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    chunk(out, "IHDR", header.put((byte) depth).put((byte) RGBA).array());
    chunk(out, "IDAT", pixels.toByteArray());
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) throws Exception {
    var crc = new CRC32();
    crc.update(type.getBytes(US_ASCII));
    crc.update(data);
    out.write(ByteBuffer.allocate(4).putInt(data.length).array());
    out.write(type.getBytes(US_ASCII));
    out.write(data);
    out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
