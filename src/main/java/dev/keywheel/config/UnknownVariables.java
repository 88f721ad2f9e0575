package dev.keywheel.config;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds variables that are named like those of Keywheel but that Keywheel does not read. */
public final class UnknownVariables {
  private static final String PREFIX = "KEYWHEEL_";

  static final List<String> KNOWN =
      List.of(
          "PORT",
          "DATABASE_URL",
          "DATABASE_MIGRATION_URL",
          "DATABASE_PASSWORD_FILE",
          "DATABASE_MIGRATION_PASSWORD_FILE",
          "KEYWHEEL_ADMIN_EMAIL",
          "KEYWHEEL_ADMIN_PASSWORD",
          "KEYWHEEL_ALLOW_SUPERUSER",
          "KEYWHEEL_AUDIT_ANCHOR",
          "KEYWHEEL_CHROMIUM",
          "KEYWHEEL_DATA",
          "KEYWHEEL_GATEWAY_FINISH_UNSTREAMED",
          "KEYWHEEL_GATEWAY_HOLD_SECONDS",
          "KEYWHEEL_HOST",
          "KEYWHEEL_KEK",
          "KEYWHEEL_KEK_FILE",
          "KEYWHEEL_LOG",
          "KEYWHEEL_OPENROUTER_URL",
          "KEYWHEEL_SANDBOX",
          "KEYWHEEL_TRUSTED_PROXIES",
          "KEYWHEEL_URL");

  /** Variables of programs around Keywheel: a client's token, and the user in compose.yaml. */
  private static final List<String> FOR_OTHERS = List.of("KEYWHEEL_TOKEN", "KEYWHEEL_USER");

  /** Variables that Kubernetes and Docker links set for a service named keywheel. */
  private static final Pattern OF_SERVICE =
      Pattern.compile(".*_SERVICE_(HOST|PORT(_.*)?)|.*_PORT_\\d+_(TCP|UDP|SCTP)(_.*)?");

  private static final Pattern SERVICE_ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

  private UnknownVariables() {}

  /** One line with the unknown names and the known name nearest to each; empty if all are known. */
  public static Optional<String> warning(Map<String, String> environment) {
    String names =
        environment.entrySet().stream()
            .filter(variable -> isUnknown(variable.getKey(), variable.getValue()))
            .map(Map.Entry::getKey)
            .sorted()
            .map(name -> name + " (the nearest known name is " + nearest(name) + ")")
            .collect(Collectors.joining(", "));
    return Optional.of(names)
        .filter(text -> !text.isEmpty())
        .map("Unknown environment variables are ignored: "::concat);
  }

  private static boolean isUnknown(String name, String value) {
    return name.startsWith(PREFIX)
        && !KNOWN.contains(name)
        && !FOR_OTHERS.contains(name)
        && !OF_SERVICE.matcher(name).matches()
        && !SERVICE_ADDRESS.matcher(value).matches();
  }

  private static String nearest(String name) {
    return KNOWN.stream()
        .min(Comparator.comparingInt(known -> distance(own(name), own(known))))
        .orElseThrow();
  }

  /** The name without the prefix, because KEYWHEEL_PORT is nearest to PORT. */
  private static String own(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }

  /** Minimum number of characters to insert, delete or replace to turn one text into the other. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}
