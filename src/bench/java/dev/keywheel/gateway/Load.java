package dev.keywheel.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Sends requests to one server: at a fixed rate, at full speed, or as streams that stay open. */
final class Load implements AutoCloseable {
  private static final String BODY =
      "{\"model\":\"bench/model\",\"max_tokens\":%d,\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\""
          + "Say hello to the people who measure. ".repeat(20)
          + "\"}]}";

  private static final int MAX_RETRIES = 3;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();
  private final URI url;
  private final Map<String, String> headers;

  Load(URI url, Map<String, String> headers) {
    this.url = url;
    this.headers = headers;
  }

  /** Times in milliseconds, each from the moment when the request was due. */
  record Times(double p50, double p99, int failed) {}

  /** Open loop: a slow response does not delay the next request. */
  Times atRate(int perSecond, Duration time) throws InterruptedException {
    int count = (int) (perSecond * time.toSeconds());
    var millis = new double[count];
    var failed = new AtomicInteger();
    long start = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        long due = start + i * 1_000_000_000L / perSecond;
        LockSupport.parkNanos(due - System.nanoTime());
        int number = i;
        threads.execute(
            () -> {
              failed.addAndGet(whole() ? 0 : 1);
              millis[number] = (System.nanoTime() - due) / 1e6;
            });
      }
    }
    Arrays.sort(millis);
    return new Times(millis[count / 2], millis[count * 99 / 100], failed.get());
  }

  /** Requests per second of this number of callers that repeat their requests immediately. */
  double asManyAsItTakes(int callers, Duration time) throws InterruptedException {
    var done = new AtomicLong();
    long end = System.nanoTime() + time.toNanos();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < callers; i++) {
        threads.execute(
            () -> {
              while (System.nanoTime() < end) {
                done.addAndGet(whole() ? 1 : 0);
              }
            });
      }
    }
    return done.get() / (double) time.toSeconds();
  }

  private boolean whole() {
    try {
      var answer = client.send(request(20, false), BodyHandlers.ofByteArray());
      return answer.statusCode() == 200 && answer.body().length > 800;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Milliseconds to the first event: the median of some streams, one after the other. */
  double firstEvent(int streams) throws IOException, InterruptedException {
    var millis = new double[streams];
    for (int i = 0; i < streams; i++) {
      millis[i] = firstEvent();
    }
    Arrays.sort(millis);
    return millis[streams / 2];
  }

  /**
   * A server may close an idle connection at the moment when a request is sent over it (Node does
   * so after 5 s). The request is then sent again over another connection, and only that is timed.
   */
  private double firstEvent() throws IOException, InterruptedException {
    for (int retries = 0; retries < MAX_RETRIES; retries++) {
      try {
        return firstEventOnce();
      } catch (IOException closed) {
        System.out.println("First event: sent again after " + closed);
      }
    }
    return firstEventOnce();
  }

  private double firstEventOnce() throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (InputStream in = client.send(request(2, true), BodyHandlers.ofInputStream()).body()) {
      in.readNBytes(StubProvider.EVENT_BYTES);
      double millis = (System.nanoTime() - start) / 1e6;
      in.readAllBytes();
      return millis;
    }
  }

  /**
   * @param early median lag of the events of the first quarter in milliseconds, {@code late} that
   *     of the last quarter
   * @param ended number of streams that ended completely
   * @param failed the other streams, by the failure that the client saw
   */
  record Lag(double early, double late, int ended, Map<String, Integer> failed) {}

  /**
   * Runs this number of streams concurrently, each with this number of events. {@code atHalf} runs
   * in the middle.
   */
  Lag streams(int streams, int events, Runnable atHalf) throws InterruptedException {
    var early = new ConcurrentLinkedQueue<Long>();
    var late = new ConcurrentLinkedQueue<Long>();
    var failed = new ConcurrentHashMap<String, Integer>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < streams; i++) {
        threads.execute(
            () -> stream(events, early, late).ifPresent(how -> failed.merge(how, 1, Integer::sum)));
        LockSupport.parkNanos(2_000_000);
      }
      LockSupport.parkNanos(events * 1_000_000_000L / StubProvider.EVENTS_PER_SECOND / 2);
      atHalf.run();
    }
    int ended = streams - failed.values().stream().mapToInt(Integer::intValue).sum();
    return new Lag(median(early), median(late), ended, failed);
  }

  /** How the stream failed; empty if it ended completely. */
  private Optional<String> stream(
      int events, ConcurrentLinkedQueue<Long> early, ConcurrentLinkedQueue<Long> late) {
    try {
      var answer = client.send(request(events, true), BodyHandlers.ofInputStream());
      try (InputStream in = answer.body()) {
        if (answer.statusCode() != 200) {
          return Optional.of(answer.statusCode() + " " + new String(in.readAllBytes(), UTF_8));
        }
        for (int i = 0; i < events; i++) {
          var event = new String(in.readNBytes(StubProvider.EVENT_BYTES), UTF_8);
          if (!event.contains("@")) {
            return Optional.of("no event: " + event);
          }
          long lag = System.currentTimeMillis() - Long.parseLong(event.split("@")[1]);
          if (i < events / 4) {
            early.add(lag);
          } else if (i >= events * 3 / 4) {
            late.add(lag);
          }
        }
        var end = new String(in.readAllBytes(), UTF_8);
        return end.contains("[DONE]") ? Optional.empty() : Optional.of("no end: " + end);
      }
    } catch (IOException | RuntimeException e) {
      return Optional.of(e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(e.toString());
    }
  }

  private static double median(ConcurrentLinkedQueue<Long> values) {
    var sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  private HttpRequest request(int tokens, boolean stream) {
    var request =
        HttpRequest.newBuilder(url)
            .timeout(Duration.ofMinutes(3))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(BODY.formatted(tokens, stream)));
    headers.forEach(request::header);
    return request.build();
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
