package dev.keywheel.gateway.peek;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request body that the gateway needs. All other fields are passed on unread.
 *
 * @param model the requested model; empty when the body names none
 * @param modelField where the body names the model
 * @param otherModels further models that the provider may use for the answer
 * @param extras plugins, presets, tools and routers that run models which the body does not name
 * @param choosesEndpoints whether the body chooses among the provider's endpoints or models
 * @param background whether a Responses API request asks for a response to be fetched later
 * @param choices number of choices that a chat or text completion returns
 * @param includesUsage whether the client requests the usage at the end of a stream
 * @param usageRequest the change of the body that asks for the usage; null when the client asks for
 *     it
 * @param conversation a text that all requests of one conversation share; null when unknown
 * @param previousResponse the id of the response that this request continues; null for none
 * @param reasoning encrypted reasoning of an earlier response; null for none
 */
public record RequestPeek(
    String model,
    ModelField modelField,
    List<String> otherModels,
    List<String> extras,
    boolean choosesEndpoints,
    boolean stream,
    boolean background,
    int choices,
    boolean includesUsage,
    @Nullable Splice usageRequest,
    @Nullable String conversation,
    @Nullable String previousResponse,
    @Nullable String reasoning)
    implements PeekResult {

  public static PeekResult of(byte[] body) {
    return PeekReader.read(body);
  }

  /**
   * References that only the account that created them can read: the id of an earlier response and
   * encrypted reasoning.
   */
  public List<String> references() {
    return Stream.of(Optional.ofNullable(previousResponse), Optional.ofNullable(reasoning))
        .flatMap(Optional::stream)
        .toList();
  }

  /** Whether the body itself has the field {@code model}. */
  public boolean namesModel() {
    return !modelField.missing();
  }

  /**
   * The requested model, or the default model of the token if the body has no field {@code model}.
   *
   * @param byDefault null for a token without a default model
   */
  public String modelOr(@Nullable String byDefault) {
    return byDefault == null || namesModel() ? model : byDefault;
  }

  /** The extras of this request with a model of {@link #modelOr}, which may be a router itself. */
  public List<String> extras(String used) {
    return choosesModel(used) && !extras.contains(used)
        ? Stream.concat(extras.stream(), Stream.of(used)).toList()
        : extras;
  }

  /** Whether the id is that of a router or a preset, for which the provider chooses the model. */
  public static boolean choosesModel(String id) {
    return ProviderExtras.choosesModel(id);
  }

  /** The change that sets the model; empty when the body names it. */
  public Optional<Splice> withModel(String other) {
    return modelField.missing() || !other.equals(model)
        ? Optional.of(modelField.with(other))
        : Optional.empty();
  }
}
