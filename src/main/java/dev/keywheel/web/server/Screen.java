package dev.keywheel.web.server;

/** One screen: the routes of a topic and what they answer. See the package comment for how to. */
public interface Screen {
  /** Called once, before the server starts. */
  void routes(Routes routes);
}
