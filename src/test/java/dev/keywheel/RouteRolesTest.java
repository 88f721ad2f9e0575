package dev.keywheel;

import org.junit.jupiter.api.Test;

class RouteRolesTest {
  @Test
  void x() {
    try (var app = RunningApp.start()) {
      app.routes().forEach(r -> System.out.println("ROUTE " + r.access() + " " + r.method() + " " + r.path()));
    }
  }
}
