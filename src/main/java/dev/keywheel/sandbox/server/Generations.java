package dev.keywheel.sandbox.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.Hash;
import dev.keywheel.sandbox.base.OfferedModels;
import dev.keywheel.sandbox.base.SandboxJson;
import dev.keywheel.sandbox.faults.CompletionBody;
import dev.keywheel.sandbox.faults.SandboxKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The last {@value #KEPT} completions by id, for {@code GET /generation}. */
final class Generations {

  private static final int KEPT = 1000;

  private final Map<String, ObjectNode> byId = new LinkedHashMap<>();
  private final Map<String, Integer> times = new LinkedHashMap<>();

  /**
   * An id in OpenRouter's format, derived from the time, the request, its key and the number of its
   * repetitions, so that a run repeated at the same clock times gets the same ids.
   */
  synchronized String nextId(SandboxKey key, ChatCall call, Instant now) {
    var request = call.fingerprint();
    var time = times.merge(request + key.text(), 1, Integer::sum);
    if (times.size() > KEPT * 4) {
      times.clear();
    }
    return "gen-" + now.getEpochSecond() + "-" + Hash.of(request, key.text(), time).hex(20);
  }

  synchronized void reset() {
    byId.clear();
    times.clear();
  }

  synchronized Optional<ObjectNode> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  synchronized void add(CompletionBody envelope, boolean streamed) {
    if (byId.size() >= KEPT) {
      byId.remove(byId.keySet().iterator().next());
    }
    byId.put(envelope.id(), data(envelope, streamed));
  }

  private static ObjectNode data(CompletionBody body, boolean streamed) {
    var values = new HashMap<String, Object>();
    values.put("id", body.id());
    values.put("model", body.model().id());
    values.put("provider", OfferedModels.providerOf(body.model().id()));
    values.put("created", Instant.ofEpochSecond(body.created()).toString());
    values.put("streamed", streamed);
    values.put("finish", body.finish());
    values.put("cost", body.cost());
    values.put("prompt", body.promptTokens());
    values.put("completion", body.completionTokens());
    values.put("reasoning", body.reasoningTokens());
    return SandboxJson.response("generation", values);
  }
}
