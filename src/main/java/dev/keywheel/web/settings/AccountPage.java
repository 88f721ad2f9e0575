package dev.keywheel.web.settings;

import dev.keywheel.people.factor.FactorStatus;
import dev.keywheel.people.identity.Principal;
import dev.keywheel.people.identity.Session;
import dev.keywheel.web.form.Fields;
import java.util.List;

/**
 * The user's own password, second factor, time zone and sessions.
 *
 * @param zone name of the chosen time zone; empty for the time zone of the browser
 */
public record AccountPage(
    Principal person,
    FactorStatus factors,
    List<OpenSession> sessions,
    String zone,
    Fields fields) {

  /**
   * An open session.
   *
   * @param current whether it is the session of this request
   */
  public record OpenSession(Session session, boolean current) {
    /** Names of the browser and of its operating system. */
    public String browser() {
      var agent = session.agent();
      var name =
          agent.contains("Firefox/")
              ? "Firefox"
              : agent.contains("Edg/")
                  ? "Edge"
                  : agent.contains("Chrome/")
                      ? "Chrome"
                      : agent.contains("Safari/") ? "Safari" : "A browser";
      var system =
          agent.contains("Windows")
              ? " on Windows"
              : agent.contains("Android")
                  ? " on Android"
                  : agent.contains("iPhone") || agent.contains("iPad")
                      ? " on iOS"
                      : agent.contains("Mac OS")
                          ? " on macOS"
                          : agent.contains("Linux") ? " on Linux" : "";
      return name + system;
    }
  }
}
