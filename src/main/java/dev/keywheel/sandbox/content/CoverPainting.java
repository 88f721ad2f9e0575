package dev.keywheel.sandbox.content;

import dev.keywheel.sandbox.base.Hash;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;

/** A cover image without text: a sky, hills and shapes that fit the topic. */
final class CoverPainting {

  static final int WIDTH = 1216;
  static final int HEIGHT = 640;

  /** Colours of the upper sky, lower sky, far hills, near hills and shapes. */
  private static final List<int[]> PALETTES =
      List.of(
          new int[] {0x16324f, 0xf2a65a, 0x2a628f, 0x13293d, 0xffe8c2},
          new int[] {0x264653, 0xe9c46a, 0x2a9d8f, 0x1d3a44, 0xfdf3d8},
          new int[] {0x3d348b, 0xf7b801, 0x7678ed, 0x2b2367, 0xfff1c9},
          new int[] {0x0b525b, 0xc9e4ca, 0x3b7a78, 0x083a41, 0xf4fbf4},
          new int[] {0x5f0f40, 0xfb8b24, 0x9a031e, 0x3a0828, 0xffe3c7});

  private final Topic topic;
  private final int[] palette;
  private final RandomGenerator random;

  CoverPainting(Topic topic, Hash hash) {
    this.topic = topic;
    this.palette = hash.pick(PALETTES);
    this.random = hash.random();
  }

  public record Picture(byte[] bytes, String type) {}

  Picture paint() {
    var image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    var g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    sky(g);
    hills(g, color(palette, 2, 255), HEIGHT * 0.62, 90);
    new CoverShape(g, palette, random).paint(topic);
    hills(g, color(palette, 3, 255), HEIGHT * 0.82, 60);
    g.dispose();
    return new Picture(png(image), "image/png");
  }

  static Picture broken() {
    return new Picture("not a picture at all".getBytes(StandardCharsets.UTF_8), "image/png");
  }

  static Picture flat() {
    return new Picture(
        png(new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB)), "image/png");
  }

  static Picture svgWithScript() {
    var svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1216\" height=\"640\"><script>alert(1)</script>"
            + "<rect width=\"1216\" height=\"640\" fill=\"teal\"/></svg>";
    return new Picture(svg.getBytes(StandardCharsets.UTF_8), "image/svg+xml");
  }

  private void sky(Graphics2D g) {
    g.setPaint(new GradientPaint(0, 0, color(palette, 0, 255), 0, HEIGHT, color(palette, 1, 255)));
    g.fillRect(0, 0, WIDTH, HEIGHT);
    var x = 150 + random.nextInt(WIDTH - 300);
    for (var ring = 4; ring >= 1; ring--) {
      var radius = 60 + ring * 45;
      g.setColor(color(palette, 4, 34 + (4 - ring) * 22));
      g.fill(new Ellipse2D.Double(x - radius, 210 - radius, radius * 2, radius * 2));
    }
  }

  private void hills(Graphics2D g, Color color, double level, double swing) {
    var phase = random.nextDouble() * Math.PI * 2;
    var path = new Path2D.Double();
    path.moveTo(0, HEIGHT);
    for (var x = 0; x <= WIDTH; x += 8) {
      path.lineTo(x, level + swing * Math.sin(phase + x / 190.0) * Math.cos(phase / 2 + x / 430.0));
    }
    path.lineTo(WIDTH, HEIGHT);
    path.closePath();
    g.setColor(color);
    g.fill(path);
  }

  /** A colour of the palette; {@code alpha} from 0 (transparent) to 255. */
  static Color color(int[] palette, int index, int alpha) {
    var rgb = palette[index];
    return new Color(rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255, Math.clamp(alpha, 0, 255));
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
