package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The last completions by id, for {@code GET /generation}. */
final class Generations {

  private static final int KEPT = 1000;

  private final Map<String, ObjectNode> byId = new LinkedHashMap<>();
  private final Map<String, Integer> times = new LinkedHashMap<>();

  /**
   * An id as OpenRouter writes it: from the time and the request, so that a repeated run repeats
   * its ids.
   */
  synchronized String nextId(KeyText key, ChatCall call, Instant now) {
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

  synchronized void add(Envelope envelope, boolean streamed) {
    if (byId.size() >= KEPT) {
      byId.remove(byId.keySet().iterator().next());
    }
    byId.put(envelope.id(), data(envelope, streamed));
  }

  private static ObjectNode data(Envelope envelope, boolean streamed) {
    var data =
        Json.object()
            .put("id", envelope.id())
            .put("model", envelope.model().id())
            .put("provider_name", Catalogue.providerOf(envelope.model().id()))
            .put("created_at", Instant.ofEpochSecond(envelope.created()).toString())
            .put("streamed", streamed)
            .put("cancelled", false)
            .put("finish_reason", envelope.finish())
            .put("native_finish_reason", envelope.finish())
            .put("total_cost", envelope.cost())
            .put("usage", envelope.cost())
            .put("tokens_prompt", envelope.promptTokens())
            .put("tokens_completion", envelope.completionTokens())
            .put("native_tokens_prompt", envelope.promptTokens())
            .put("native_tokens_completion", envelope.completionTokens())
            .put("native_tokens_reasoning", envelope.reasoningTokens())
            .put("native_tokens_cached", 0)
            .put("latency", 400)
            .put("generation_time", 1200)
            .put("api_type", "completions")
            .put("origin", "")
            .put("is_byok", false)
            .put("data_region", "global");
    for (var unknown :
        new String[] {
          "upstream_id",
          "cache_discount",
          "upstream_inference_cost",
          "app_id",
          "moderation_latency",
          "service_tier",
          "native_tokens_completion_images",
          "num_media_prompt",
          "num_input_audio_prompt",
          "num_media_completion",
          "num_search_results",
          "num_fetches",
          "web_search_engine",
          "external_user",
          "preset_id",
          "router",
          "provider_responses",
          "user_agent",
          "http_referer",
          "workspace_id"
        }) {
      data.putNull(unknown);
    }
    return data;
  }
}
