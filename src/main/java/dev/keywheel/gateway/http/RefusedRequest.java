package dev.keywheel.gateway.http;

/** Ends the handling of a request with an error of the gateway. */
public final class RefusedRequest extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient GatewayError error;

  public RefusedRequest(GatewayError error) {
    super(error.message(), null, false, false);
    this.error = error;
  }

  public static RefusedRequest of(ErrorKind kind, String message) {
    return new RefusedRequest(GatewayError.of(kind, message));
  }

  public GatewayError error() {
    return error;
  }
}
