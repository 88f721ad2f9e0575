package dev.keywheel.gateway.peek;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request body that the gateway reads. The body itself is passed on unchanged.
 *
 * @param model asked for; empty when the body names none
 * @param modelValue the bytes of the model's value with its quotes; null when there is none
 * @param otherModels further models that the provider may use for the answer
 * @param extras what runs models that the body does not name: plugins, presets, tools, routers
 * @param choosesEndpoints whether the body chooses among the provider's endpoints or models
 * @param choices how many a chat or text completion answers with
 * @param includesUsage whether the client asks for the usage at the end of a stream
 * @param usageRequest the change that asks for it; null when the client does
 * @param conversation equal for the requests of one conversation; null when nothing tells
 * @param previousResponse the response that this request continues
 * @param reasoning encrypted by the provider in an earlier response; null without any
 */
public record RequestPeek(
    String model,
    @Nullable Splice modelValue,
    List<String> otherModels,
    List<String> extras,
    boolean choosesEndpoints,
    boolean stream,
    int choices,
    boolean includesUsage,
    @Nullable Splice usageRequest,
    @Nullable String conversation,
    @Nullable String previousResponse,
    @Nullable String reasoning)
    implements PeekResult {

  /** Reads the body in one pass. */
  public static PeekResult of(byte[] body) {
    return PeekReader.read(body);
  }

  /**
   * References that only the account which made them can read: ids of responses, encrypted
   * reasoning.
   */
  public List<String> references() {
    return Stream.of(Optional.ofNullable(previousResponse), Optional.ofNullable(reasoning))
        .flatMap(Optional::stream)
        .toList();
  }

  /** Every model that the body names; a token must be allowed to use each. */
  List<String> models() {
    return Stream.concat(Stream.of(model), otherModels.stream())
        .filter(name -> !name.isEmpty())
        .distinct()
        .toList();
  }

  /** The change that puts another model in; empty when the body asks for this one already. */
  public Optional<Splice> withModel(String other) {
    if (modelValue == null || other.equals(model)) {
      return Optional.empty();
    }
    String quoted = '"' + new String(JsonStringEncoder.getInstance().quoteAsString(other)) + '"';
    return Optional.of(Splice.of(modelValue.from(), modelValue.to(), quoted));
  }
}
