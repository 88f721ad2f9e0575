package dev.keywheel.sandbox.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keywheel.sandbox.base.OfferedModels;
import dev.keywheel.sandbox.base.Resources;
import dev.keywheel.sandbox.base.SandboxJson;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The bodies and headers of OpenRouter's errors, in its wording. */
public final class ErrorResponses {

  private static final JsonNode ALL = SandboxJson.read(Resources.text("errors.json"));
  private static final String PAGE =
      "<!DOCTYPE html><html><head><title>openrouter.ai | %1$s</title></head>"
          + "<body><h1>%1$s</h1><p>cloudflare</p></body></html>";

  private ErrorResponses() {}

  /** An error that does not depend on a key. */
  public static SandboxResponse.Whole error(String name, String fault, String message) {
    return filled(name, fault, Map.of("message", message));
  }

  public static SandboxResponse.Whole badRequest(String message) {
    return error("badrequest", "bad request", message);
  }

  public static SandboxResponse.Whole noEndpoints(String model, String fault) {
    return filled("noendpoint", fault, Map.of("model", model));
  }

  /**
   * The error response to a call of a model with this key.
   *
   * @param more values of further slots of the error
   */
  public static SandboxResponse.Whole of(
      String name, SandboxKey key, String model, Instant now, Map<String, ?> more) {
    var values = new HashMap<String, Object>(more);
    values.put("user", Accounts.userId(key.account()));
    values.put("model", model);
    values.put("provider", OfferedModels.providerOf(model));
    var midnight = now.atOffset(ZoneOffset.UTC).with(LocalTime.MIDNIGHT);
    values.put("minute", "" + (now.getEpochSecond() / 60 + 1) * 60_000);
    values.put("day", "" + midnight.plusDays(1).toInstant().toEpochMilli());
    values.put("month", midnight.plusMonths(1).withDayOfMonth(1).toInstant().toString());
    return filled(name, key.behaviour(), values);
  }

  private static SandboxResponse.Whole filled(String name, String fault, Map<String, ?> values) {
    var error = ALL.path(name);
    var status = error.path("status").asInt();
    if (error.has("page")) {
      return SandboxResponse.html(status, PAGE.formatted(error.path("page").asText()), fault);
    }
    var headers = new LinkedHashMap<String, String>();
    SandboxJson.filled(error.path("headers"), values)
        .properties()
        .forEach(header -> headers.put(header.getKey(), header.getValue().asText()));
    return SandboxResponse.json(
        status, SandboxJson.filled(error.path("body"), values), headers, fault);
  }
}
