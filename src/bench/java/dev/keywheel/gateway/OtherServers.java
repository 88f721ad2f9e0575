package dev.keywheel.gateway;

import dev.keywheel.db.embedded.FreePort;
import dev.keywheel.support.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The provider of the measurement, and the servers with which Keywheel is compared: nginx as a
 * plain proxy, and the gateway {@code @portkey-ai/gateway} of the npm registry. Programs that are
 * not installed are skipped.
 */
final class OtherServers implements AutoCloseable {
  private static final String PEER = "@portkey-ai/gateway@1.15.2";

  private final List<Process> processes = new ArrayList<>();
  private final Path folder;
  private final URI provider;
  private final Optional<URI> nginx;
  private final Optional<URI> peer;

  OtherServers(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    var stub =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                StubProvider.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    processes.add(stub);
    this.provider = URI.create("http://127.0.0.1:" + stub.inputReader().readLine() + "/api/v1");
    this.nginx = startNginx();
    this.peer = startPeer();
  }

  URI provider() {
    return provider;
  }

  Optional<URI> nginx() {
    return nginx;
  }

  Optional<URI> peer() {
    return peer;
  }

  /** Headers that make Portkey call the stub provider. */
  Map<String, String> peerHeaders() {
    return Map.of(
        "Authorization", "Bearer sk-or-bench-000001",
        "x-portkey-provider", "openai",
        "x-portkey-custom-host", provider.toString());
  }

  private Optional<URI> startNginx() throws IOException {
    int port = FreePort.find(new Random());
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        worker_processes 2;
        pid %1$s/nginx.pid;
        error_log stderr;
        events { worker_connections 8192; }
        http {
          access_log off;
          client_body_temp_path %1$s/client; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
          upstream provider { server %2$s; keepalive 256; }
          server {
            listen 127.0.0.1:%3$d;
            location / {
              proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";
              proxy_buffering off;
            }
          }
        }
        """
            .formatted(folder, provider.getAuthority(), port));
    return started(
        port, "/api/v1/chat/completions", "nginx", "-p", folder + "/", "-c", "nginx.conf");
  }

  private Optional<URI> startPeer() throws IOException, InterruptedException {
    int port = FreePort.find(new Random());
    Files.writeString(folder.resolve("package.json"), "{\"private\":true}");
    try {
      var npm =
          new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", PEER)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("npm.log").toFile())
              .start();
      if (npm.waitFor() != 0) {
        return Optional.empty();
      }
    } catch (IOException noNpm) {
      return Optional.empty();
    }
    return started(
        port,
        "/v1/chat/completions",
        "node",
        "node_modules/@portkey-ai/gateway/build/start-server.js",
        "--headless",
        "--port=" + port);
  }

  private Optional<URI> started(int port, String path, String... command) {
    try {
      processes.add(
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve(command[0] + ".log").toFile())
              .start());
    } catch (IOException missing) {
      System.err.println("NOT COMPARED with " + command[0] + ": it is not installed");
      return Optional.empty();
    }
    Await.until(command[0] + " listens", () -> listens(port));
    return Optional.of(URI.create("http://127.0.0.1:" + port + path));
  }

  private static boolean listens(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends nginx properly, because a killed nginx would leave its workers running. */
  @Override
  public void close() throws InterruptedException {
    processes.forEach(Process::destroy);
    for (Process process : processes) {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    }
  }
}
