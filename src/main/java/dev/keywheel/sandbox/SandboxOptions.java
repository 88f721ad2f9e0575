package dev.keywheel.sandbox;

import dev.keywheel.time.Pause;
import java.time.InstantSource;

/**
 * How a sandbox is started.
 *
 * @param port port on loopback; 0 takes a free one
 * @param latency how long answers take
 * @param seed decides which of several good texts, layouts and pictures a request gets; the same
 *     seed and the same request give the same bytes
 * @param clock what the sandbox takes for the time; {@code POST /_control/clock} moves it from
 *     there
 * @param pause how it waits
 * @param freePerMinute calls of {@code :free} models one account may make in a minute
 */
public record SandboxOptions(
    int port, Latency latency, long seed, InstantSource clock, Pause pause, int freePerMinute) {

  /** OpenRouter's documented limit for {@code :free} models, per account. */
  public static final int OPENROUTER_FREE_PER_MINUTE = 20;

  /** What the product starts: a free port, answers at an eighth of a hosted model's time. */
  public static SandboxOptions demo() {
    return new SandboxOptions(
        0, Latency.DEMO, 1, InstantSource.system(), Pause.real(), OPENROUTER_FREE_PER_MINUTE);
  }

  /** For tests: a free port, answers at once, no limit per minute. */
  public static SandboxOptions instant() {
    return new SandboxOptions(
        0, Latency.INSTANT, 1, InstantSource.system(), Pause.real(), Integer.MAX_VALUE);
  }

  public SandboxOptions withPort(int newPort) {
    return new SandboxOptions(newPort, latency, seed, clock, pause, freePerMinute);
  }

  public SandboxOptions withLatency(Latency newLatency) {
    return new SandboxOptions(port, newLatency, seed, clock, pause, freePerMinute);
  }

  public SandboxOptions withSeed(long newSeed) {
    return new SandboxOptions(port, latency, newSeed, clock, pause, freePerMinute);
  }

  public SandboxOptions withClock(InstantSource newClock) {
    return new SandboxOptions(port, latency, seed, newClock, pause, freePerMinute);
  }

  public SandboxOptions withPause(Pause newPause) {
    return new SandboxOptions(port, latency, seed, clock, newPause, freePerMinute);
  }

  public SandboxOptions withFreePerMinute(int newLimit) {
    return new SandboxOptions(port, latency, seed, clock, pause, newLimit);
  }
}
