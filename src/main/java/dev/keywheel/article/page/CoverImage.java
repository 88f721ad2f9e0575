package dev.keywheel.article.page;

import java.awt.Color;
import java.awt.Font;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.LineBreakMeasurer;
import java.awt.font.TextAttribute;
import java.awt.geom.Ellipse2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.text.AttributedString;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cover of an article: an image from a provider or a user, checked and re-encoded so that only
 * pixels remain, or a drawing generated from the title.
 */
public final class CoverImage {
  private static final Logger log = LoggerFactory.getLogger(CoverImage.class);
  public static final int WIDTH = 1_200;
  public static final int HEIGHT = 630;

  /** Maximum size of an image, in bytes: 8 MiB. */
  public static final int MAX_BYTES = 8 << 20;

  private static final int MIN_WIDTH = 512;
  private static final int MIN_HEIGHT = 256;
  private static final int MAX_SIDE = 16_384;
  private static final long MAX_PIXELS = 40_000_000;

  /**
   * Maximum number of JPEG scans. A scan of 50 bytes can take as long to decode as the whole
   * picture.
   */
  private static final int MAX_SCANS = 50;

  /** Minimum size of a subsampled image, as a multiple of the size of the cover. */
  private static final int MIN_SUBSAMPLED_SCALE = 2;

  private static final long MAX_DECODED_BYTES = 64 << 20;

  /** Maximum native memory, besides the decoded image, for a progressive JPEG. */
  private static final long MAX_COEFFICIENT_BYTES = 96 << 20;

  /** Admits one image at a time, because each may take the maximum of memory. */
  private static final Lock DECODING = new ReentrantLock(true);

  /** Minimum standard deviation of brightness (0 to 255); below it the image is one colour. */
  private static final double MIN_CONTRAST = 4;

  static {
    // ImageIO's cache needs a file and a shutdown hook, which a stopping process cannot register,
    // so an image that arrives during the stop would be lost.
    ImageIO.setUseCache(false);
  }

  private CoverImage() {}

  /** A PNG, or the reason why the image cannot be used. */
  public sealed interface ReadResult {
    record Usable(byte[] png) implements ReadResult {}

    record Unusable(String why) implements ReadResult {}
  }

  /** Checks an image and re-encodes it in the size of a cover. */
  public static ReadResult read(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      return new ReadResult.Unusable("The picture is larger than 8 MB.");
    }
    if (!looksLikePicture(bytes)) {
      return new ReadResult.Unusable("The picture is not a PNG or JPEG file.");
    }
    int scans = jpegScans(bytes);
    if (scans > MAX_SCANS) {
      return new ReadResult.Unusable(
          "The picture has %s scans; up to %s are allowed. Save it as PNG."
              .formatted(scans, MAX_SCANS));
    }
    DECODING.lock();
    try {
      return decoded(bytes);
    } finally {
      DECODING.unlock();
    }
  }

  /** Scans of a JPEG, counted by a marker that image data cannot contain; 0 for a PNG. */
  private static int jpegScans(byte[] bytes) {
    int scans = 0;
    for (int i = 1; bytes[0] == (byte) 0xff && i < bytes.length; i++) {
      if (bytes[i - 1] == (byte) 0xff && bytes[i] == (byte) 0xda) {
        scans++;
      }
    }
    return scans;
  }

  private static ReadResult decoded(byte[] bytes) {
    try {
      var image = decode(bytes);
      var fitted = fitted(image, WIDTH, HEIGHT);
      return contrast(fitted) > MIN_CONTRAST
          ? new ReadResult.Usable(png(fitted))
          : new ReadResult.Unusable("The picture is one flat colour.");
    } catch (Unfit e) {
      return new ReadResult.Unusable(e.reason);
    } catch (IOException _) {
      return new ReadResult.Unusable("The picture cannot be decoded.");
    } catch (RuntimeException e) { // ImageIO's readers throw any exception on damaged data
      log.warn("A picture of {} bytes cannot be decoded: {}", bytes.length, e.toString());
      return new ReadResult.Unusable("The picture cannot be decoded.");
    }
  }

  private static boolean looksLikePicture(byte[] b) {
    boolean png =
        b.length > 8 && (b[0] & 0xff) == 0x89 && b[1] == 'P' && b[2] == 'N' && b[3] == 'G';
    boolean jpeg =
        b.length > 3 && (b[0] & 0xff) == 0xff && (b[1] & 0xff) == 0xd8 && (b[2] & 0xff) == 0xff;
    return png || jpeg;
  }

  /**
   * Reads the size first, because a few bytes can declare a billion pixels.
   *
   * @throws Unfit with the reason for the user
   */
  private static BufferedImage decode(byte[] bytes) throws IOException, Unfit {
    try (var in = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
      var readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new IOException("No reader for this image format");
      }
      var reader = readers.next();
      try {
        reader.setInput(in, true, true);
        return reader.read(0, bounded(reader, bytes));
      } finally {
        reader.dispose();
      }
    }
  }

  private static ImageReadParam bounded(ImageReader reader, byte[] bytes)
      throws IOException, Unfit {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    if (width < MIN_WIDTH || height < MIN_HEIGHT) {
      throw new Unfit("The picture is too small: " + width + " × " + height + ".");
    }
    int step =
        Math.max(
            1,
            Math.min(
                width / (MIN_SUBSAMPLED_SCALE * WIDTH), height / (MIN_SUBSAMPLED_SCALE * HEIGHT)));
    int bits = reader.getImageTypes(0).next().getColorModel().getPixelSize();
    long decoded = (long) (width / step) * (height / step) * bits / Byte.SIZE;
    if (Math.max(width, height) > MAX_SIDE
        || (long) width * height > MAX_PIXELS
        || decoded > MAX_DECODED_BYTES) {
      throw new Unfit("The picture is too large: " + width + " × " + height + ". Make it smaller.");
    }
    if (JpegHeader.coefficientBytes(bytes, width, height) > MAX_COEFFICIENT_BYTES) {
      throw new Unfit(
          "The picture is too large for a progressive JPEG: %s × %s. Make it smaller, or save it as a baseline JPEG."
              .formatted(width, height));
    }
    var parameters = reader.getDefaultReadParam();
    parameters.setSourceSubsampling(step, step, 0, 0);
    return parameters;
  }

  /** The picture can be read but not used. */
  private static final class Unfit extends Exception {
    private final String reason;

    Unfit(String reason) {
      super(reason);
      this.reason = reason;
    }
  }

  /** Scales the image to fill the size, and crops the overhang evenly. */
  private static BufferedImage fitted(BufferedImage image, int width, int height) {
    var out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    var g = graphics(out);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    double scale = Math.max((double) width / image.getWidth(), (double) height / image.getHeight());
    int w = (int) Math.ceil(image.getWidth() * scale);
    int h = (int) Math.ceil(image.getHeight() * scale);
    g.drawImage(image, (width - w) / 2, (height - h) / 2, w, h, null);
    g.dispose();
    return out;
  }

  /** Scales a cover to half its width and height. */
  public static byte[] halfSize(byte[] png) {
    try {
      return png(fitted(ImageIO.read(new ByteArrayInputStream(png)), WIDTH / 2, HEIGHT / 2));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A drawing for a title; the same title always gives the same drawing. */
  public static byte[] drawn(String title) {
    var out = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    var g = graphics(out);
    var dice = new SplittableRandom(title.hashCode());
    float hue = dice.nextFloat();
    g.setPaint(
        new GradientPaint(
            0,
            0,
            Color.getHSBColor(hue, 0.55f, 0.42f),
            WIDTH,
            HEIGHT,
            Color.getHSBColor(hue + 0.12f, 0.6f, 0.75f)));
    g.fillRect(0, 0, WIDTH, HEIGHT);
    for (int i = 0; i < 9; i++) {
      g.setColor(new Color(255, 255, 255, 18 + dice.nextInt(30)));
      double size = 120 + dice.nextInt(360);
      double x = dice.nextInt(WIDTH) - size / 2;
      double y = dice.nextInt(HEIGHT) - size / 2;
      g.fill(
          i % 2 == 0
              ? new Ellipse2D.Double(x, y, size, size)
              : new RoundRectangle2D.Double(x, y, size, size * 0.7, 48, 48));
    }
    drawTitle(g, title);
    g.dispose();
    return png(out);
  }

  /** Draws the title, unless the machine has no font. */
  private static void drawTitle(Graphics2D g, String title) {
    try {
      g.setColor(Color.WHITE);
      var font = new Font(Font.SANS_SERIF, Font.BOLD, 58);
      var text = new AttributedString(title, Map.of(TextAttribute.FONT, font));
      var lines = new LineBreakMeasurer(text.getIterator(), g.getFontRenderContext());
      for (int y = HEIGHT / 2 - 60; lines.getPosition() < title.length(); y += 74) {
        lines.nextLayout(WIDTH - 200).draw(g, 100, y);
      }
    } catch (RuntimeException | Error _) {
      // Headless systems without fonts throw an error here.
    }
  }

  private static double contrast(BufferedImage image) {
    double sum = 0;
    double squares = 0;
    int n = 0;
    for (int y = 0; y < image.getHeight(); y += 9) {
      for (int x = 0; x < image.getWidth(); x += 9) {
        int rgb = image.getRGB(x, y);
        double luma = 0.299 * (rgb >> 16 & 0xff) + 0.587 * (rgb >> 8 & 0xff) + 0.114 * (rgb & 0xff);
        sum += luma;
        squares += luma * luma;
        n++;
      }
    }
    double mean = sum / n;
    return Math.sqrt(Math.max(0, squares / n - mean * mean));
  }

  private static Graphics2D graphics(BufferedImage image) {
    var g = image.createGraphics();
    g.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    return g;
  }

  private static byte[] png(BufferedImage image) {
    try {
      var out = new ByteArrayOutputStream();
      ImageIO.write(image, "png", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
