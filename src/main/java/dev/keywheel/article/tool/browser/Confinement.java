package dev.keywheel.article.tool.browser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The user and the namespaces in which a browser for untrusted pages runs on this machine. */
sealed interface Confinement {
  /**
   * The user id of the browser when Keywheel runs as root; no account has this id. As root,
   * Chromium could not use its own sandbox and could read the files of Keywheel.
   */
  int BROWSER_USER = 65_533;

  /**
   * @param wrapper the command line that precedes the command line of the browser
   * @param user the user id of the browser; empty: the user of this process
   * @param how description of the confinement for the log
   */
  record Confined(List<String> wrapper, OptionalInt user, String how) implements Confinement {}

  /**
   * @param why the reason as a clause, for users
   */
  record Refused(String why) implements Confinement {}

  /** Finds the strictest confinement in which this machine can run the command {@code true}. */
  static Confinement find() {
    boolean root = root();
    var as =
        root
            ? List.of(
                "setpriv",
                "--reuid=" + BROWSER_USER,
                "--regid=" + BROWSER_USER,
                "--clear-groups",
                "--no-new-privs",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--pdeathsig=KILL")
            : List.<String>of();
    var own = root ? List.of("unshare") : List.of("unshare", "--user", "--map-current-user");
    var processes = List.of("--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc");
    var user = root ? OptionalInt.of(BROWSER_USER) : OptionalInt.empty();
    var name = root ? "as user " + BROWSER_USER + ", " : "";
    for (var namespaces : List.of(processes, List.of("--net"))) {
      var wrapper = joined(own, namespaces, as);
      if (works(wrapper)) {
        return new Confined(wrapper, user, name + "in an empty network namespace");
      }
    }
    if (root && !works(as)) {
      return new Refused(
          "Keywheel runs as root and cannot start Chromium as another user here (setpriv is missing or not permitted)."
              + " Run Keywheel as an ordinary user");
    }
    return new Confined(
        as, user, name + "without a network namespace, which this machine does not allow");
  }

  private static boolean root() {
    try {
      return Files.exists(Path.of("/proc/self"))
          ? Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
          : "root".equals(System.getProperty("user.name"));
    } catch (IOException e) {
      return "root".equals(System.getProperty("user.name"));
    }
  }

  @SafeVarargs
  private static List<String> joined(List<String>... parts) {
    return Stream.of(parts).flatMap(List::stream).toList();
  }

  private static boolean works(List<String> wrapper) {
    try {
      var tried =
          new ProcessBuilder(joined(wrapper, List.of("true")))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      tried.getOutputStream().close();
      boolean ended = tried.waitFor(5, TimeUnit.SECONDS);
      tried.destroyForcibly();
      return ended && tried.exitValue() == 0;
    } catch (IOException missing) {
      return false;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
