package dev.keywheel.sandbox.content;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;
import java.util.random.RandomGenerator;

/** The shapes in the middle of a cover: columns for money, a cup for food, scales for a choice. */
record CoverShape(Graphics2D g, int[] palette, RandomGenerator random) {

  private static final int HEIGHT = CoverPainting.HEIGHT;

  void paint(Topic topic) {
    var own = ContentBank.of(topic).value("shape");
    switch (own.isEmpty() ? ComparisonDomain.of(topic).name() : own) {
      case "travel", "health" -> peaks();
      case "home", "family" -> houses();
      case "food" -> cup();
      case "learning" -> pages();
      case "business", "tech" -> network();
      case "money" -> columns();
      default -> scales();
    }
  }

  private void peaks() {
    for (var i = 0; i < 3; i++) {
      var x = 180 + i * 300 + random.nextInt(60);
      var height = 210 + random.nextInt(110);
      g.setColor(CoverPainting.color(palette, 3, 215));
      g.fill(triangle(x, HEIGHT - 60 - height, 260, height + 60));
      g.setColor(CoverPainting.color(palette, 4, 235));
      g.fill(triangle(x, HEIGHT - 60 - height, 78, 78 * (height + 60) / 260f));
    }
  }

  private void houses() {
    for (var i = 0; i < 3; i++) {
      var x = 230 + i * 270;
      var y = 270 + random.nextInt(50);
      g.setColor(CoverPainting.color(palette, 4, 235));
      g.fillRect(x, y, 190, 260);
      g.setColor(CoverPainting.color(palette, 0, 255));
      g.fill(triangle(x + 95, y - 95, 125, 100));
      g.setColor(CoverPainting.color(palette, 1, 255));
      g.fill(new RoundRectangle2D.Double(x + 28, y + 46, 50, 56, 8, 8));
      g.fill(new RoundRectangle2D.Double(x + 112, y + 46, 50, 56, 8, 8));
    }
  }

  private void cup() {
    g.setColor(CoverPainting.color(palette, 4, 240));
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
      g.setColor(CoverPainting.color(palette, 4, 170));
      g.draw(steam);
    }
  }

  private void network() {
    var points = new int[7][2];
    for (var i = 0; i < points.length; i++) {
      points[i][0] = 210 + i * 132;
      points[i][1] = 170 + random.nextInt(270);
    }
    g.setStroke(new BasicStroke(7));
    g.setColor(CoverPainting.color(palette, 4, 140));
    for (var i = 0; i < points.length; i++) {
      for (var j = i + 1; j < Math.min(points.length, i + 3); j++) {
        g.drawLine(points[i][0], points[i][1], points[j][0], points[j][1]);
      }
    }
    g.setColor(CoverPainting.color(palette, 4, 245));
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

  private void columns() {
    var height = 70.0;
    for (var i = 0; i < 7; i++) {
      height += 25 + random.nextInt(35);
      g.setColor(CoverPainting.color(palette, 4, 150 + i * 14));
      g.fill(
          new RoundRectangle2D.Double(
              210 + i * 118, HEIGHT - 110 - height, 82, height + 110, 22, 22));
    }
  }

  private void pages() {
    for (var i = 0; i < 3; i++) {
      var x = 250 + i * 260;
      var y = 150 + random.nextInt(70);
      g.setColor(CoverPainting.color(palette, 4, 235));
      g.fill(new RoundRectangle2D.Double(x, y, 210, 290, 18, 18));
      g.setColor(CoverPainting.color(palette, 2, 200));
      for (var line = 0; line < 8; line++) {
        g.fillRect(x + 28, y + 34 + line * 29, 90 + random.nextInt(65), 10);
      }
    }
  }

  private void scales() {
    var tilt = random.nextInt(61) - 30;
    g.setStroke(new BasicStroke(14, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.setColor(CoverPainting.color(palette, 4, 240));
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
