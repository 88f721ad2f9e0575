package dev.keywheel.web.server;

/** The routes of one topic; see the package comment. */
public interface Screen {
  /** Registers the routes. Called once, before the server starts. */
  void routes(Routes routes);
}
