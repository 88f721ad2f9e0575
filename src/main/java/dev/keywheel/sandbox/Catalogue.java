package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models on offer, with prices per token and what they can do. */
final class Catalogue {

  private static final List<String> COMMON =
      List.of(
          "max_tokens",
          "temperature",
          "top_p",
          "stop",
          "seed",
          "frequency_penalty",
          "presence_penalty");
  private static final Map<String, Model> MODELS = new LinkedHashMap<>();

  static {
    text(
        "deepseek/deepseek-r1-0528:free",
        "DeepSeek: R1 0528 (free)",
        163_840,
        "0",
        "0",
        true,
        true);
    text("z-ai/glm-4.5-air:free", "Z.AI: GLM 4.5 Air (free)", 131_072, "0", "0", true, true);
    text(
        "meta-llama/llama-3.3-70b-instruct:free",
        "Meta: Llama 3.3 70B Instruct (free)",
        131_072,
        "0",
        "0",
        true,
        false);
    text(
        "google/gemma-3-27b-it:free", "Google: Gemma 3 27B (free)", 96_000, "0", "0", false, false);
    text(
        "qwen/qwen3-coder:free",
        "Qwen: Qwen3 Coder 480B A35B (free)",
        262_144,
        "0",
        "0",
        true,
        false);
    text("openai/gpt-oss-20b:free", "OpenAI: gpt-oss-20b (free)", 131_072, "0", "0", true, true);
    text(
        "mistralai/mistral-small-3.2-24b-instruct:free",
        "Mistral: Mistral Small 3.2 24B (free)",
        131_072,
        "0",
        "0",
        true,
        false);
    text("openrouter/free", "Free Models Router", 200_000, "0", "0", true, false);
    text(
        "openai/gpt-4o-mini",
        "OpenAI: GPT-4o-mini",
        128_000,
        "0.00000015",
        "0.0000006",
        true,
        false);
    text(
        "google/gemini-2.5-flash",
        "Google: Gemini 2.5 Flash",
        1_048_576,
        "0.0000003",
        "0.0000025",
        true,
        true);
    text(
        "anthropic/claude-3.5-haiku",
        "Anthropic: Claude 3.5 Haiku",
        200_000,
        "0.0000008",
        "0.000004",
        false,
        false);
    text(
        "deepseek/deepseek-chat-v3.1",
        "DeepSeek: DeepSeek V3.1",
        163_840,
        "0.0000002",
        "0.0000008",
        true,
        true);
    image(
        "google/gemini-2.5-flash-image",
        "Google: Gemini 2.5 Flash Image",
        List.of("image", "text"),
        "0.0000003",
        "0.0000025");
    image(
        "black-forest-labs/flux.2-pro",
        "Black Forest Labs: FLUX.2 Pro",
        List.of("image"),
        "0",
        "0.00000366");
  }

  private Catalogue() {}

  record Model(
      String id,
      String name,
      int context,
      BigDecimal promptPrice,
      BigDecimal completionPrice,
      List<String> output,
      List<String> parameters) {

    boolean free() {
      return isFree(id);
    }

    boolean supports(String parameter) {
      return parameters.contains(parameter);
    }

    boolean paints() {
      return output.contains("image");
    }

    BigDecimal cost(int promptTokens, int completionTokens) {
      return promptPrice
          .multiply(BigDecimal.valueOf(promptTokens))
          .add(completionPrice.multiply(BigDecimal.valueOf(completionTokens)));
    }
  }

  static boolean isFree(String model) {
    return model.endsWith(":free") || model.equals("openrouter/free");
  }

  static Optional<Model> find(String id) {
    return Optional.ofNullable(MODELS.get(id));
  }

  /** The first free text model: what a call without a model gets. */
  static Model standard() {
    return MODELS.values().iterator().next();
  }

  /** The name under which the model's host appears in answers. */
  static String providerOf(String model) {
    return switch (model.replaceAll("/.*", "")) {
      case "google" -> "Google AI Studio";
      case "openai" -> "OpenAI";
      case "anthropic" -> "Anthropic";
      case "black-forest-labs" -> "Black Forest Labs";
      default -> "Chutes";
    };
  }

  /** The body of {@code GET /models}. */
  static JsonNode listing() {
    var body = Json.object();
    var data = body.putArray("data");
    MODELS.values().forEach(model -> data.add(entry(model)));
    body.put("total_count", MODELS.size());
    body.putObject("links").putNull("next");
    return body;
  }

  private static ObjectNode entry(Model model) {
    var entry =
        Json.object()
            .put("id", model.id)
            .put("canonical_slug", model.id.replace(":free", ""))
            .put("name", model.name)
            .put("created", 1_760_000_000)
            .put("description", model.name + ", as the sandbox plays it.")
            .put("context_length", model.context);
    var architecture = entry.putObject("architecture");
    architecture
        .put("modality", "text->" + String.join("+", model.output))
        .put("tokenizer", "Other");
    architecture.putArray("input_modalities").add("text");
    model.output.forEach(architecture.putArray("output_modalities")::add);
    architecture.putNull("instruct_type");
    entry
        .putObject("pricing")
        .put("prompt", model.promptPrice.toPlainString())
        .put("completion", model.completionPrice.toPlainString())
        .put("request", "0")
        .put("image", "0");
    entry
        .putObject("top_provider")
        .put("context_length", model.context)
        .put("max_completion_tokens", 32_768)
        .put("is_moderated", false);
    entry.putNull("per_request_limits");
    model.parameters.forEach(entry.putArray("supported_parameters")::add);
    entry.putObject("default_parameters");
    entry.putNull("supported_voices");
    entry.putObject("links").put("details", "/api/v1/models/" + model.id + "/endpoints");
    return entry;
  }

  private static void text(
      String id,
      String name,
      int context,
      String prompt,
      String completion,
      boolean schemas,
      boolean reasons) {
    var parameters = new java.util.ArrayList<>(COMMON);
    parameters.add("response_format");
    if (schemas) {
      parameters.add("structured_outputs");
    }
    if (reasons) {
      parameters.addAll(List.of("reasoning", "include_reasoning"));
    }
    add(id, name, context, prompt, completion, List.of("text"), parameters);
  }

  private static void image(
      String id, String name, List<String> output, String prompt, String completion) {
    add(id, name, 32_768, prompt, completion, output, COMMON);
  }

  private static void add(
      String id,
      String name,
      int context,
      String prompt,
      String completion,
      List<String> output,
      List<String> can) {
    MODELS.put(
        id,
        new Model(
            id,
            name,
            context,
            new BigDecimal(prompt),
            new BigDecimal(completion),
            output,
            List.copyOf(can)));
  }
}
