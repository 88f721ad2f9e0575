package dev.keywheel.sandbox;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;

/** A cover picture without words: a sky, hills and the shapes of the topic's kind. */
final class Cover {

  static final int WIDTH = 1216;
  static final int HEIGHT = 640;

  /** Sky above, sky below, far hills, near hills, shapes. */
  private static final List<int[]> PALETTES =
      List.of(
          new int[] {0x16324f, 0xf2a65a, 0x2a628f, 0x13293d, 0xffe8c2},
          new int[] {0x264653, 0xe9c46a, 0x2a9d8f, 0x1d3a44, 0xfdf3d8},
          new int[] {0x3d348b, 0xf7b801, 0x7678ed, 0x2b2367, 0xfff1c9},
          new int[] {0x0b525b, 0xc9e4ca, 0x3b7a78, 0x083a41, 0xf4fbf4},
          new int[] {0x5f0f40, 0xfb8b24, 0x9a031e, 0x3a0828, 0xffe3c7});

  private final Genre genre;
  private final int[] palette;
  private final RandomGenerator random;

  Cover(Subject subject, Hash hash) {
    this.genre = Genre.of(subject);
    this.palette = hash.pick(PALETTES);
    this.random = hash.random();
  }

  record Picture(byte[] bytes, String type) {}

  Picture painted() {
    var image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    var g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    sky(g);
    hills(g, color(2, 255), HEIGHT * 0.62, 90);
    shapes(g);
    hills(g, color(3, 255), HEIGHT * 0.82, 60);
    g.dispose();
    return new Picture(png(image), "image/png");
  }

  /** Bytes that are no picture, though they are called one. */
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
    g.setPaint(new GradientPaint(0, 0, color(0, 255), 0, HEIGHT, color(1, 255)));
    g.fillRect(0, 0, WIDTH, HEIGHT);
    var x = 150 + random.nextInt(WIDTH - 300);
    for (var ring = 4; ring >= 1; ring--) {
      var radius = 60 + ring * 45;
      g.setColor(color(4, 34 + (4 - ring) * 22));
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

  private void shapes(Graphics2D g) {
    switch (genre) {
      case LOAN, SAVINGS, MARGIN -> columns(g);
      case PASSWORD -> locks(g);
      case TEXT -> pages(g);
      case DATES -> calendar(g);
      case CONVERT, DISCOUNT, TIP, SCORE -> scales(g);
    }
  }

  /** Columns that grow from left to right. */
  private void columns(Graphics2D g) {
    var height = 70.0;
    for (var i = 0; i < 7; i++) {
      height += 25 + random.nextInt(35);
      g.setColor(color(4, 150 + i * 14));
      g.fill(
          new RoundRectangle2D.Double(
              210 + i * 118, HEIGHT - 110 - height, 82, height + 110, 22, 22));
    }
  }

  private void locks(Graphics2D g) {
    for (var i = 0; i < 3; i++) {
      var x = 270 + i * 270;
      var y = 270 + random.nextInt(60);
      g.setStroke(new BasicStroke(22));
      g.setColor(color(4, 220));
      g.draw(new RoundRectangle2D.Double(x + 38, y - 90, 94, 150, 94, 94));
      g.fill(new RoundRectangle2D.Double(x, y, 170, 150, 28, 28));
      g.setColor(color(3, 255));
      g.fill(new Ellipse2D.Double(x + 68, y + 48, 34, 34));
      g.fillRect(x + 79, y + 70, 12, 40);
    }
  }

  private void pages(Graphics2D g) {
    for (var i = 0; i < 3; i++) {
      var x = 250 + i * 260;
      var y = 150 + random.nextInt(70);
      g.setColor(color(4, 235));
      g.fill(new RoundRectangle2D.Double(x, y, 210, 290, 18, 18));
      g.setColor(color(2, 200));
      for (var line = 0; line < 8; line++) {
        g.fillRect(x + 28, y + 34 + line * 29, 90 + random.nextInt(65), 10);
      }
    }
  }

  private void calendar(Graphics2D g) {
    g.setColor(color(4, 235));
    g.fill(new RoundRectangle2D.Double(370, 120, 480, 360, 30, 30));
    g.setColor(color(2, 255));
    g.fill(new RoundRectangle2D.Double(370, 120, 480, 74, 30, 30));
    var marked = random.nextInt(28);
    for (var day = 0; day < 28; day++) {
      g.setColor(day == marked ? color(1, 255) : color(2, 90));
      g.fill(new RoundRectangle2D.Double(402 + day % 7 * 62, 222 + day / 7 * 62, 42, 42, 12, 12));
    }
  }

  /** A beam on a post with a weight at each end. */
  private void scales(Graphics2D g) {
    var tilt = random.nextInt(61) - 30;
    g.setStroke(new BasicStroke(14, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.setColor(color(4, 240));
    g.drawLine(608, 190, 608, 560);
    g.drawLine(330, 220 + tilt, 886, 220 - tilt);
    for (var side = -1; side <= 1; side += 2) {
      var x = 608 + side * 278;
      var y = 220 - side * tilt;
      g.setStroke(new BasicStroke(5));
      g.drawLine(x, y, x - 70, y + 130);
      g.drawLine(x, y, x + 70, y + 130);
      g.fill(new RoundRectangle2D.Double(x - 95, y + 128, 190, 26, 26, 26));
      var size = 46 + random.nextInt(36);
      g.fill(new Ellipse2D.Double(x - size / 2.0, y + 128 - size, size, size));
    }
  }

  private Color color(int index, int alpha) {
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
