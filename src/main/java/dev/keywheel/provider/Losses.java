package dev.keywheel.provider;

import dev.keywheel.provider.Observation.Loss;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** Names what a network exception says; its text is not looked at more than needed. */
final class Losses {
  private static final int DEEPEST = 8;

  private Losses() {}

  static Loss of(Throwable failure) {
    return Stream.iterate(Optional.of(failure), Optional::isPresent, Losses::cause)
        .limit(DEEPEST)
        .flatMap(cause -> cause.map(Losses::named).orElseThrow().stream())
        .findFirst()
        .orElse(Loss.RESET);
  }

  private static Optional<Throwable> cause(Optional<Throwable> failure) {
    return failure.map(Throwable::getCause);
  }

  /** The JDK hides an unknown host inside a refused connection, so that is looked into. */
  private static Optional<Loss> named(Throwable failure) {
    return switch (failure) {
      case UnknownHostException _, UnresolvedAddressException _ -> Optional.of(Loss.DNS);
      case HttpConnectTimeoutException _ -> Optional.of(Loss.CONNECT_TIMEOUT);
      case NoRouteToHostException _ -> Optional.of(Loss.NO_ROUTE);
      case BindException _ -> Optional.of(Loss.NO_SOCKET);
      case SSLException _ -> Optional.of(Loss.TLS);
      case ConnectException refused ->
          Optional.ofNullable(refused.getCause())
              .flatMap(Losses::named)
              .or(() -> Optional.of(Loss.REFUSED));
      case SocketException full when String.valueOf(full.getMessage()).contains("open files") ->
          Optional.of(Loss.NO_SOCKET);
      default -> Optional.empty();
    };
  }
}
