package dev.keywheel.sandbox;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;
import java.util.random.RandomGenerator;

/**
 * What stands in the middle of a cover: columns for money, a cup for food, a balance for a choice.
 */
record Motif(Graphics2D g, int[] palette, RandomGenerator random) {

  private static final int HEIGHT = Cover.HEIGHT;

  void paint(Subject subject) {
    switch (Genre.of(subject)) {
      case LOAN, SAVINGS, MARGIN -> columns();
      case PASSWORD -> locks();
      case TEXT -> pages();
      case DATES -> calendar();
      case CONVERT, DISCOUNT, TIP -> scales();
      case SCORE -> byAngle(subject.angle().name());
    }
  }

  private void byAngle(String angle) {
    switch (angle) {
      case "travel", "health" -> peaks();
      case "home", "family" -> houses();
      case "food" -> cup();
      case "learning" -> pages();
      case "business", "tech" -> network();
      default -> scales();
    }
  }

  /** Mountains with snow on them. */
  private void peaks() {
    for (var i = 0; i < 3; i++) {
      var x = 180 + i * 300 + random.nextInt(60);
      var height = 210 + random.nextInt(110);
      g.setColor(Cover.color(palette, 3, 215));
      g.fill(triangle(x, HEIGHT - 60 - height, 260, height + 60));
      g.setColor(Cover.color(palette, 4, 235));
      g.fill(triangle(x, HEIGHT - 60 - height, 78, 78 * (height + 60) / 260));
    }
  }

  private void houses() {
    for (var i = 0; i < 3; i++) {
      var x = 230 + i * 270;
      var y = 270 + random.nextInt(50);
      g.setColor(Cover.color(palette, 4, 235));
      g.fillRect(x, y, 190, 260);
      g.setColor(Cover.color(palette, 0, 255));
      g.fill(triangle(x + 95, y - 95, 125, 100));
      g.setColor(Cover.color(palette, 1, 255));
      g.fill(new RoundRectangle2D.Double(x + 28, y + 46, 50, 56, 8, 8));
      g.fill(new RoundRectangle2D.Double(x + 112, y + 46, 50, 56, 8, 8));
    }
  }

  /** A cup with steam. */
  private void cup() {
    g.setColor(Cover.color(palette, 4, 240));
    g.fill(new RoundRectangle2D.Double(450, 290, 280, 220, 110, 110));
    g.fillRect(450, 290, 280, 90);
    g.setStroke(new BasicStroke(24));
    g.draw(new Ellipse2D.Double(690, 320, 110, 120));
    g.setStroke(new BasicStroke(12, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    for (var i = 0; i < 3; i++) {
      var x = 520.0 + i * 70;
      var bend = 20 + random.nextInt(25);
      var steam = new Path2D.Double();
      steam.moveTo(x, 260);
      steam.curveTo(x - bend, 220, x + bend, 180, x, 130);
      g.setColor(Cover.color(palette, 4, 170));
      g.draw(steam);
    }
  }

  /** Points that are joined by lines. */
  private void network() {
    var points = new int[7][2];
    for (var i = 0; i < points.length; i++) {
      points[i][0] = 210 + i * 132;
      points[i][1] = 170 + random.nextInt(270);
    }
    g.setStroke(new BasicStroke(7));
    g.setColor(Cover.color(palette, 4, 140));
    for (var i = 0; i < points.length; i++) {
      for (var j = i + 1; j < Math.min(points.length, i + 3); j++) {
        g.drawLine(points[i][0], points[i][1], points[j][0], points[j][1]);
      }
    }
    g.setColor(Cover.color(palette, 4, 245));
    for (var point : points) {
      var radius = 24 + random.nextInt(22);
      g.fill(new Ellipse2D.Double(point[0] - radius, point[1] - radius, radius * 2, radius * 2));
    }
  }

  private static Path2D triangle(double x, double top, double halfWidth, double height) {
    var path = new Path2D.Double();
    path.moveTo(x, top);
    path.lineTo(x - halfWidth, top + height);
    path.lineTo(x + halfWidth, top + height);
    path.closePath();
    return path;
  }

  /** Columns that grow from left to right. */
  private void columns() {
    var height = 70.0;
    for (var i = 0; i < 7; i++) {
      height += 25 + random.nextInt(35);
      g.setColor(Cover.color(palette, 4, 150 + i * 14));
      g.fill(
          new RoundRectangle2D.Double(
              210 + i * 118, HEIGHT - 110 - height, 82, height + 110, 22, 22));
    }
  }

  private void locks() {
    for (var i = 0; i < 3; i++) {
      var x = 270 + i * 270;
      var y = 270 + random.nextInt(60);
      g.setStroke(new BasicStroke(22));
      g.setColor(Cover.color(palette, 4, 220));
      g.draw(new RoundRectangle2D.Double(x + 38, y - 90, 94, 150, 94, 94));
      g.fill(new RoundRectangle2D.Double(x, y, 170, 150, 28, 28));
      g.setColor(Cover.color(palette, 3, 255));
      g.fill(new Ellipse2D.Double(x + 68, y + 48, 34, 34));
      g.fillRect(x + 79, y + 70, 12, 40);
    }
  }

  private void pages() {
    for (var i = 0; i < 3; i++) {
      var x = 250 + i * 260;
      var y = 150 + random.nextInt(70);
      g.setColor(Cover.color(palette, 4, 235));
      g.fill(new RoundRectangle2D.Double(x, y, 210, 290, 18, 18));
      g.setColor(Cover.color(palette, 2, 200));
      for (var line = 0; line < 8; line++) {
        g.fillRect(x + 28, y + 34 + line * 29, 90 + random.nextInt(65), 10);
      }
    }
  }

  private void calendar() {
    g.setColor(Cover.color(palette, 4, 235));
    g.fill(new RoundRectangle2D.Double(370, 120, 480, 360, 30, 30));
    g.setColor(Cover.color(palette, 2, 255));
    g.fill(new RoundRectangle2D.Double(370, 120, 480, 74, 30, 30));
    var marked = random.nextInt(28);
    for (var day = 0; day < 28; day++) {
      g.setColor(day == marked ? Cover.color(palette, 1, 255) : Cover.color(palette, 2, 90));
      g.fill(new RoundRectangle2D.Double(402 + day % 7 * 62, 222 + day / 7 * 62, 42, 42, 12, 12));
    }
  }

  /** A beam on a post with a weight at each end. */
  private void scales() {
    var tilt = random.nextInt(61) - 30;
    g.setStroke(new BasicStroke(14, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.setColor(Cover.color(palette, 4, 240));
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
}
