package dev.keywheel.sandbox.faults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.OfferedModels;
import dev.keywheel.sandbox.base.SandboxJson;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The JSON body of a completion: id, model, choices, usage.
 *
 * @param created seconds since 1970
 * @param finish {@code stop}, {@code length}, {@code content_filter} or {@code error}
 */
public record CompletionBody(
    String id,
    long created,
    OfferedModels.Model model,
    String text,
    String finish,
    int promptTokens,
    int completionTokens,
    int reasoningTokens) {

  /** Maximum number of characters of text in one event of a stream. */
  private static final int PIECE = 24;

  public BigDecimal cost() {
    return model.cost(promptTokens, completionTokens);
  }

  public ObjectNode whole() {
    var body = head("chat.completion");
    body.put("system_fingerprint", "fp_sandbox");
    var choice = body.putArray("choices").addObject();
    choice
        .put("index", 0)
        .put("finish_reason", finish)
        .put("native_finish_reason", finish)
        .putNull("logprobs");
    var message =
        choice
            .putObject("message")
            .put("role", "assistant")
            .put("content", text)
            .putNull("refusal");
    if (reasoningTokens > 0) {
      message.put(
          "reasoning", "First the request is read, then the parts are weighed against each other.");
    }
    body.set("usage", usage());
    return body;
  }

  /** The body with an image, in the form in which image models answer on the chat route. */
  public ObjectNode withImage(byte[] image, String type) {
    var body = whole();
    var message = (ObjectNode) body.at("/choices/0/message");
    message
        .putArray("images")
        .addObject()
        .put("type", "image_url")
        .putObject("image_url")
        .put("url", "data:" + type + ";base64," + Base64.getEncoder().encodeToString(image));
    return body;
  }

  /**
   * Server-sent events: a keep-alive comment, pieces of text, the finish reason, usage and {@code
   * [DONE]}.
   */
  public List<String> events() {
    var events = new ArrayList<String>();
    events.add(": OPENROUTER PROCESSING\n\n");
    pieces().forEach(piece -> events.add(data(chunk(piece, null))));
    events.add(data(chunk("", finish)));
    var last = chunk("", finish);
    last.set("usage", usage());
    events.add(data(last));
    events.add("data: [DONE]\n\n");
    return events;
  }

  /** The text, split into the pieces that a stream sends. */
  public List<String> pieces() {
    var pieces = new ArrayList<String>();
    for (var at = 0; at < text.length(); ) {
      var end = Math.min(text.length(), at + PIECE);
      if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
        end++;
      }
      pieces.add(text.substring(at, end));
      at = end;
    }
    return pieces;
  }

  /** The stream, cut off by an error: no usage and no {@code [DONE]} follow. */
  List<String> brokenOff(int code, String message) {
    var events = new ArrayList<>(events());
    events.subList(events.size() - 3, events.size()).clear();
    var last = chunk("", "error");
    last.putObject("error").put("code", code).put("message", message);
    events.add(data(last));
    return events;
  }

  public ObjectNode usage() {
    var usage =
        SandboxJson.object()
            .put("prompt_tokens", promptTokens)
            .put("completion_tokens", completionTokens)
            .put("total_tokens", promptTokens + completionTokens)
            .put("cost", cost())
            .put("is_byok", false);
    usage.putObject("prompt_tokens_details").put("cached_tokens", 0);
    usage
        .putObject("cost_details")
        .putNull("upstream_inference_cost")
        .put("upstream_inference_prompt_cost", model.cost(promptTokens, 0))
        .put("upstream_inference_completions_cost", model.cost(0, completionTokens));
    usage.putObject("completion_tokens_details").put("reasoning_tokens", reasoningTokens);
    return usage;
  }

  public static String data(ObjectNode event) {
    return "data: " + SandboxJson.text(event) + "\n\n";
  }

  private ObjectNode chunk(String piece, @org.jspecify.annotations.Nullable String finished) {
    var body = head("chat.completion.chunk");
    var choice = body.putArray("choices").addObject();
    choice.put("index", 0).put("finish_reason", finished).put("native_finish_reason", finished);
    choice.putObject("delta").put("role", "assistant").put("content", piece);
    return body;
  }

  private ObjectNode head(String object) {
    return SandboxJson.object()
        .put("id", id)
        .put("provider", OfferedModels.providerOf(model.id()))
        .put("model", model.id())
        .put("object", object)
        .put("created", created);
  }
}
