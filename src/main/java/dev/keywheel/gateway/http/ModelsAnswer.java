package dev.keywheel.gateway.http;

import dev.keywheel.db.Json;
import dev.keywheel.gateway.model.ListedModel;
import dev.keywheel.provider.ModelInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/** Formats the list of models, or one model, for the client's API. */
public final class ModelsAnswer {
  /** The end of the year 9999 in Unix seconds. Larger values are probably not in seconds. */
  private static final long LATEST = 253_402_300_799L;

  private static final int DEFAULT_PAGE_SIZE = 20;
  private static final int MAX_PAGE_SIZE = 1_000;

  private ModelsAnswer() {}

  public static byte[] all(ClientRequest client, List<ListedModel> models, Fields query) {
    return bytes(
        client.anthropic()
            ? page(models, query)
            : Map.of("object", "list", "data", models.stream().map(ModelsAnswer::openAi).toList()));
  }

  public static byte[] one(ClientRequest client, ListedModel model) {
    return bytes(client.anthropic() ? anthropic(model) : openAi(model));
  }

  private static Map<String, Object> page(List<ListedModel> models, Fields query) {
    int limit = limit(query.getValue("limit"));
    String after = query.getValue("after_id");
    String before = query.getValue("before_id");
    List<String> ids = models.stream().map(ListedModel::id).toList();
    int from = after == null ? 0 : position(ids, "after_id", after) + 1;
    int to = before == null ? models.size() : position(ids, "before_id", before);
    int first = before == null ? from : Math.max(from, to - limit);
    int end = Math.clamp(first + (long) limit, first, Math.max(first, to));
    List<ListedModel> page = models.subList(first, end);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("data", page.stream().map(ModelsAnswer::anthropic).toList());
    answer.put("has_more", before == null ? end < models.size() : first > 0);
    answer.put("first_id", page.isEmpty() ? null : page.getFirst().id());
    answer.put("last_id", page.isEmpty() ? null : page.getLast().id());
    return answer;
  }

  /** Refuses an unknown id: with the first page instead, clients could read pages without end. */
  private static int position(List<String> ids, String parameter, String id) {
    int position = ids.indexOf(id);
    if (position < 0) {
      throw RefusedRequest.of(
          ErrorKind.MALFORMED,
          "The model in %s is not in the list. Request the list from the beginning again."
              .formatted(parameter));
    }
    return position;
  }

  private static int limit(@Nullable String asked) {
    boolean number = asked != null && asked.matches("[0-9]{1,6}");
    return number ? Math.clamp(Integer.parseInt(asked), 1, MAX_PAGE_SIZE) : DEFAULT_PAGE_SIZE;
  }

  private static Map<String, Object> anthropic(ListedModel model) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("type", "model");
    shown.put("id", model.id());
    shown.put("display_name", model.displayName());
    shown.put("created_at", Instant.ofEpochSecond(created(model)).toString());
    return shown;
  }

  private static Map<String, Object> openAi(ListedModel model) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("id", model.id());
    shown.put("object", "model");
    shown.put("created", created(model));
    shown.put("owned_by", model.provider());
    ModelInfo info = model.info();
    if (info != null) {
      shown.put("name", info.name());
      shown.put("context_length", info.contextLength());
      shown.put("supported_parameters", info.supportedParameters().stream().sorted().toList());
      var pricing = new LinkedHashMap<String, String>();
      if (info.promptPrice() != null) {
        pricing.put("prompt", info.promptPrice().toPlainString());
      }
      if (info.completionPrice() != null) {
        pricing.put("completion", info.completionPrice().toPlainString());
      }
      if (info.imagePrice() != null) {
        pricing.put("image", info.imagePrice().toPlainString());
      }
      shown.put("pricing", pricing);
    }
    return shown;
  }

  /** When the model was published, in Unix seconds; 0 when unknown. */
  private static long created(ListedModel model) {
    return model.info() == null ? 0 : Math.min(model.info().created(), LATEST);
  }

  private static byte[] bytes(Object answer) {
    return Json.text(answer).getBytes(StandardCharsets.UTF_8);
  }
}
