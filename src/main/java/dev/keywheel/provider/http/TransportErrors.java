package dev.keywheel.provider.http;

import dev.keywheel.db.TransientErrors;
import dev.keywheel.provider.http.Observation.TransportError;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** Classifies network exceptions, by type where possible. */
public final class TransportErrors {
  private TransportErrors() {}

  public static TransportError of(Throwable failure) {
    return TransientErrors.causes(failure).stream()
        .flatMap(cause -> named(cause).stream())
        .findFirst()
        .orElse(TransportError.RESET);
  }

  /** The JDK wraps an unknown host in a refused connection, so causes are examined. */
  private static Optional<TransportError> named(Throwable failure) {
    return switch (failure) {
      case UnknownHostException _, UnresolvedAddressException _ -> Optional.of(TransportError.DNS);
      case HttpConnectTimeoutException _ -> Optional.of(TransportError.CONNECT_TIMEOUT);
      case NoRouteToHostException _ -> Optional.of(TransportError.NO_ROUTE);
      case BindException _ -> Optional.of(TransportError.NO_SOCKET);
      case IOException open when isOfOpenConnection(open) -> Optional.of(TransportError.RESET);
      case SSLException _ -> Optional.of(TransportError.TLS);
      case ConnectException refused ->
          Optional.ofNullable(refused.getCause())
              .flatMap(TransportErrors::named)
              .or(() -> Optional.of(TransportError.REFUSED));
      case SocketException full when String.valueOf(full.getMessage()).contains("open files") ->
          Optional.of(TransportError.NO_SOCKET);
      default -> Optional.empty();
    };
  }

  /** After the TLS handshake, the JDK wraps an error in a plain exception. */
  private static boolean isOfOpenConnection(IOException failure) {
    return failure.getClass() == IOException.class
        && failure.getCause() instanceof SSLException error
        && !isOfHandshake(error);
  }

  /** The JDK wraps these too if it has written the request before the handshake fails. */
  private static boolean isOfHandshake(SSLException error) {
    return error instanceof SSLHandshakeException
        || String.valueOf(error.getMessage()).contains("unrecognized SSL message");
  }
}
